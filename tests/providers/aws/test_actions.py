"""The table of actions, against AWS's own reference of actions and resources, and the policies that are made of it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import botocore.session
import pytest

from tradewind.providers.aws import actions
from tradewind.providers.aws.actions import IDENTITIES, ROWS, Place, Row, policy

REFERENCE: Mapping[str, Any] = json.loads((Path(__file__).parent / "iam_reference.json").read_text("utf-8"))
ROLE, KEY = "arn:aws:iam::123456789012:role/run", "arn:aws:kms:eu-west-1:123456789012:key/1-2"
PLACE = Place("eu-west-1", "123456789012", "work", "churn", ROLE, KEY)
EVERYTHING = frozenset(get_args(actions.When))
# Policies of this size fit: a managed policy takes 6,144 characters, whitespace not counted (IAM quotas).
LONGEST = 6144
# Said without a resource although the service knows one.
UNSCOPED = {
    "servicequotas:GetServiceQuota": "a quota's ARN holds its code, and which code it is, is what is looked for",
}


def test_each_row_is_one_of_a_kind() -> None:
    found = [(row.action, row.on, verb) for row in ROWS for verb in row.verbs]
    assert len(found) == len(set(found))
    assert {verb for row in ROWS for verb in row.verbs} == set(get_args(actions.Verb))
    assert {row.when for row in ROWS} == EVERYTHING
    assert set(IDENTITIES) == set(get_args(actions.Identity))


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.action}-{row.verbs[0]}")
def test_a_row_agrees_with_the_reference(row: Row) -> None:
    known = REFERENCE[row.action]  # KeyError: python -m tests.providers.aws.make_iam_reference
    forms = [re.compile(re.sub(r"\\\$\\\{[^}]*\\\}", ".+", re.escape(arn))) for arn in known["resources"].values()]
    for pattern in row.on:
        if pattern == actions.ANY:
            assert row.action in UNSCOPED or not forms, f"{row.action} can be limited to {known['resources']}"
        else:
            arn = PLACE.arn(pattern)
            covered = (arn, arn.removesuffix("*") + "log-stream:x")  # a group's `:*` is its streams, too
            assert any(form.fullmatch(it) for form in forms for it in covered), f"{row.action} knows no {pattern}"


def test_what_is_left_unscoped_is_still_said_so() -> None:
    assert set(UNSCOPED) <= {row.action for row in ROWS if row.on == (actions.ANY,)}


@pytest.mark.parametrize("call", sorted({call for row in ROWS for call in row.calls}))
def test_a_call_is_an_operation_of_the_service(call: str) -> None:
    service, _, operation = call.partition(".")
    assert operation in operations(service)


@cache
def operations(service: str) -> frozenset[str]:
    return frozenset(botocore.session.get_session().get_service_model(service).operation_names)


def test_what_an_action_needs_besides_is_in_the_table_for_the_same_verbs() -> None:
    """CreateModel, say, wants iam:PassRole and sagemaker:AddTags as well."""
    ours = ("iam:PassRole", "sagemaker:AddTags", "application-autoscaling:TagResource")
    for row in ROWS:
        for needed in set(ours) & set(REFERENCE[row.action]["needs"]):
            assert set(row.verbs) <= {verb for other in ROWS if other.action == needed for verb in other.verbs}, row


def test_a_planner_changes_nothing() -> None:
    found = {row.action for row in actions.rows(IDENTITIES["planner"], EVERYTHING)}
    # Decrypt is counted among the writes, and reads
    assert {REFERENCE[action]["level"] for action in found - {"kms:Decrypt"}} <= {"Read", "List"}


@pytest.mark.parametrize("identity", sorted(IDENTITIES))
def test_a_policy_is_one_that_iam_takes(identity: actions.Identity) -> None:
    made = policy(IDENTITIES[identity], PLACE, EVERYTHING)
    assert made["Version"] == "2012-10-17"
    assert len(json.dumps(made, separators=(",", ":"))) <= LONGEST
    for statement in made["Statement"]:
        assert statement["Effect"] == "Allow"
        assert statement["Action"] == sorted(set(statement["Action"]))
        arns = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
        assert all(arn == "*" or re.fullmatch(r"arn:aws:[a-z0-9-]+:[a-z0-9-]*:(\d{12}|\*)?:\S+", arn) for arn in arns)
        assert "{" not in json.dumps(arns)


def test_a_role_is_handed_to_sagemaker_only() -> None:
    made = policy(("train",), PLACE)
    [passing] = [one for one in made["Statement"] if "iam:PassRole" in one["Action"]]
    assert passing["Action"] == ["iam:PassRole"]
    assert passing["Resource"] == ROLE
    assert passing["Condition"] == {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}}


def test_a_policy_allows_its_verbs_and_no_more() -> None:
    made = policy(("invoke",), PLACE)
    allowed = {action for one in made["Statement"] for action in one["Action"]}
    assert {"sagemaker:InvokeEndpoint", "sagemaker:DescribeEndpoint"} <= allowed
    assert not {action for action in allowed if "Create" in action or "Delete" in action or "Put" in action}


def test_keys_secrets_and_networks_are_allowed_where_they_are_used() -> None:
    plain = {action for one in policy(IDENTITIES["runtime"], PLACE)["Statement"] for action in one["Action"]}
    full = {action for one in policy(IDENTITIES["runtime"], PLACE, EVERYTHING)["Statement"] for action in one["Action"]}
    assert {"kms:Decrypt", "secretsmanager:GetSecretValue", "ec2:CreateNetworkInterface"} <= full - plain


SECRETS = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:"
PARAMETERS = "arn:aws:ssm:eu-west-1:123456789012:parameter/"


@pytest.mark.parametrize(
    ("reference", "secret", "parameter"),
    [
        ("churn/DB", f"{SECRETS}churn/DB-??????", None),
        (f"{SECRETS}db-a1B2c3", f"{SECRETS}db-a1B2c3", None),
        (f"{SECRETS}db", f"{SECRETS}db-??????", None),
        ("ssm:/churn/db", None, f"{PARAMETERS}churn/db"),
        ("ssm:db:7", None, f"{PARAMETERS}db"),
        (f"{PARAMETERS}churn/db", None, f"{PARAMETERS}churn/db"),
        ("env:DB", None, None),
        ("projects/p/secrets/db", None, None),
        ("https://v.vault.azure.net/secrets/db", None, None),
    ],
)
def test_a_policy_allows_the_secrets_that_are_named_and_no_others(
    reference: str, secret: str | None, parameter: str | None
) -> None:
    made = policy(IDENTITIES["runtime"], replace(PLACE, secrets=(reference,)), {"secrets"})
    said = {action: one["Resource"] for one in made["Statement"] for action in one["Action"]}
    assert said.get("secretsmanager:GetSecretValue") == secret
    assert said.get("ssm:GetParameter") == parameter


def test_keys_of_secrets_are_used_by_their_store_alone() -> None:
    made = policy(IDENTITIES["runtime"], replace(PLACE, partition="aws-cn", region="cn-north-1"), {"secrets"})
    [decrypting] = [one for one in made["Statement"] if "kms:Decrypt" in one["Action"]]
    services = ["secretsmanager.cn-north-1.amazonaws.com.cn", "ssm.cn-north-1.amazonaws.com.cn"]
    assert decrypting["Condition"] == {"StringLike": {"kms:ViaService": services}}
    assert decrypting["Action"] == ["kms:Decrypt"]


def test_another_partition_has_other_arns() -> None:
    made = policy(("train",), Place("cn-north-1", "123456789012", "work", "churn", partition="aws-cn"))
    assert "arn:aws-cn:s3:::work/*" in json.dumps(made)
    assert "arn:aws:" not in json.dumps(made)
