"""Who is told on AWS, and that a message arrives: the topic's and the key's policies let the services in that send it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.aws.founding import ACCOUNT, found
from tradewind.infra.aws import keys

SENDERS = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
MONTH: dict[str, Any] = {"month": "250.50", "percent": [50, 100]}


def test_both_services_may_send_for_this_account_alone() -> None:
    recorded = found(mails=["a@b.co"])
    (policy,) = recorded.of("aws:sns/topicPolicy:TopicPolicy")
    (one,) = json.loads(policy.inputs["policy"])["Statement"]
    assert (one["Action"], one["Principal"]["Service"]) == ("sns:Publish", SENDERS)
    assert one["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


def test_a_key_of_one_s_own_lets_them_encrypt_and_is_turned() -> None:
    recorded = found(mails=["a@b.co"], key="own")
    (key,) = recorded.of("aws:kms/key:Key")
    (topic,) = recorded.of("aws:sns/topic:Topic")
    assert topic.inputs["kmsMasterKeyId"] == recorded.outputs["kms_key"]
    said = {it["Sid"]: it for it in json.loads(key.inputs["policy"])["Statement"]}
    assert said["Alerts"]["Principal"]["Service"] == SENDERS
    assert said["Alerts"]["Action"] == ["kms:Decrypt", "kms:GenerateDataKey*"]
    assert said["Logs"]["Principal"]["Service"] == "logs.eu-west-1.amazonaws.com"
    assert key.inputs["enableKeyRotation"] is True


def test_without_one_the_topic_has_none_since_the_cloud_s_lets_no_service_in() -> None:
    assert "kmsMasterKeyId" not in found(mails=["a@b.co"]).of("aws:sns/topic:Topic")[0].inputs


@pytest.mark.parametrize(("partition", "region", "service"), [
    ("aws", "eu-west-1", "logs.eu-west-1.amazonaws.com"),
    ("aws-us-gov", "us-gov-west-1", "logs.us-gov-west-1.amazonaws.com"),
    ("aws-cn", "cn-north-1", "logs.cn-north-1.amazonaws.com.cn"),
])  # fmt: skip
def test_logs_are_the_region_s_own(partition: str, region: str, service: str) -> None:
    said = {it["Sid"]: it for it in json.loads(keys.policy(partition, ACCOUNT, region))["Statement"]}
    assert said["Logs"]["Principal"]["Service"] == service
    (group,) = said["Logs"]["Condition"]["ArnLike"].values()
    assert group == f"arn:{partition}:logs:{region}:{ACCOUNT}:log-group:*"


@pytest.mark.parametrize(("forecast", "kinds"), [
    (True, [("ACTUAL", 50), ("ACTUAL", 100), ("FORECASTED", 100)]),
    (False, [("ACTUAL", 50), ("ACTUAL", 100)]),
])  # fmt: skip
def test_a_budget_tells_the_topic_at_each_share(forecast: bool, kinds: list[tuple[str, int]]) -> None:
    recorded = found(mails=["a@b.co"], budget={**MONTH, "forecast": forecast})
    (budget,) = recorded.of("aws:budgets/budget:Budget")
    assert [(it["notificationType"], it["threshold"]) for it in budget.inputs["notifications"]] == kinds
    assert all(it["subscriberSnsTopicArns"] == [recorded.outputs["alerts"]] for it in budget.inputs["notifications"])
    assert (budget.inputs["limitAmount"], budget.inputs["limitUnit"]) == ("250.50", "USD")
    assert budget.inputs["timeUnit"] == "MONTHLY"
    assert any(it.endswith("::tradewind-alerts-policy") for it in budget.dependencies)  # else Budgets finds it closed


def test_a_budget_is_of_its_region_in_an_account_that_has_one_of_a_name() -> None:
    made = [found(mails=["a@b.co"], budget=MONTH, region=it) for it in ("eu-west-1", "us-east-1")]
    here, there = [it.of("aws:budgets/budget:Budget")[0].inputs for it in made]
    assert here["name"] != there["name"]
    assert here["costFilters"] == [
        {"name": "Service", "values": ["Amazon SageMaker"]},
        {"name": "Region", "values": ["eu-west-1"]},
    ]


def test_a_budget_s_name_is_no_longer_than_aws_takes() -> None:
    asked = {"name": "a" * 20, "environment": "b" * 20, "region": f"us-{'x' * 90}-1"}
    (budget,) = found(mails=["a@b.co"], budget=MONTH, **asked).of("aws:budgets/budget:Budget")
    assert len(budget.inputs["name"]) == 100


def test_each_mail_is_asked_whether_it_wants_to_be_told() -> None:
    recorded = found(mails=["a@b.co", "ml@acme.com"])
    made = recorded.of("aws:sns/topicSubscription:TopicSubscription")
    assert {it.inputs["endpoint"] for it in made} == {"a@b.co", "ml@acme.com"}
    assert {(it.inputs["protocol"], it.inputs["topic"]) for it in made} == {("email", recorded.outputs["alerts"])}


def test_a_budget_on_a_topic_that_is_there_makes_no_other() -> None:
    theirs = f"arn:aws:sns:eu-west-1:{ACCOUNT}:theirs"
    recorded = found(budget=MONTH, existing={"alerts": theirs})
    (budget,) = recorded.of("aws:budgets/budget:Budget")
    assert budget.inputs["notifications"][0]["subscriberSnsTopicArns"] == [theirs]
    assert not recorded.of("aws:sns/topic:Topic")
