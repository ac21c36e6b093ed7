"""Quotas against the job's machines and the rollout's peak."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from tests.providers.aws.preflight.scripted import Account, Answer, Refusal, endpoint, quota, run, want
from tradewind.providers.aws import endpoint_names
from tradewind.spec.clouds.aws import AwsServe, AwsTrain, InstanceGroup, Rolling

G5 = "ml.g5.xlarge for endpoint usage"
ROLLING = AwsServe(rolling=Rolling(batch=0.25))


def listed(**values: float) -> dict[str, Any]:
    return {"Quotas": [quota(name, value, code=f"L-{value:g}") for name, value in values.items()]}


@pytest.mark.parametrize(
    ("job", "name", "title", "need"),
    [
        (run(nodes=4), "ml.m5.large for training job usage", "training quota", 4),
        (run(nodes=4, spot=True), "ml.m5.large for spot training job usage", "spot quota", 4),
        (
            run(options=AwsTrain(keep_alive=timedelta(hours=1))),
            "ml.m5.large for training warm pool usage",
            "warm pool quota",
            1,
        ),
    ],
)
def test_training(job: Any, name: str, title: str, need: int) -> None:
    for value, verdict in ((need, "ok"), (need - 1, "will_fail")):
        found = Account(quotas_ListServiceQuotas=listed(**{name: value})).check(title, job)
        assert found.verdict == verdict
        assert f"{name} is {value}" in found.detail
    assert found.fix.endswith(
        f"us-east-1.console.aws.amazon.com/servicequotas/home/services/sagemaker/quotas/L-{value}"
    )


def test_a_cluster_of_several_kinds_is_counted_by_kind() -> None:
    groups = (
        InstanceGroup(name="a", instance_type="ml.g5.xlarge", count=2),
        InstanceGroup(name="b", instance_type="ml.m5.large"),
        InstanceGroup(name="c", instance_type="ml.g5.xlarge", count=3),
    )
    found = [
        it.detail
        for it in Account().checks(run(options=AwsTrain(instance_groups=groups)))
        if it.name == "training quota"
    ]
    assert ["takes 5" in found[0], "takes 1" in found[1]] == [True, True]


@pytest.mark.parametrize(
    ("standing", "wanted", "value", "verdict"),
    [
        # nothing serves yet: the smallest fleet now, the largest later
        (None, want(low=2, high=6), 1, "will_fail"),
        (None, want(low=2, high=6), 2, "cannot_tell"),
        (None, want(low=2, high=6), 6, "ok"),
        (None, want(low=0, high=1), 1, "ok"),
        # a second fleet as large as the first
        (("ml.g5.xlarge", 3), want(low=2, high=6), 5, "will_fail"),
        (("ml.g5.xlarge", 3), want(low=2, high=6), 6, "cannot_tell"),
        (("ml.g5.xlarge", 3), want(low=2, high=6), 12, "ok"),
        # ... of other machines, whose quota is another one
        (("ml.m5.large", 3), want(low=2, high=6), 3, "cannot_tell"),
        (("ml.m5.large", 3), want(low=2, high=6), 6, "ok"),
        # in batches: 25 % of 3 is one machine more, of 6 two
        (("ml.g5.xlarge", 3), want(low=2, high=6, options=ROLLING), 3, "will_fail"),
        (("ml.g5.xlarge", 3), want(low=2, high=6, options=ROLLING), 4, "cannot_tell"),
        (("ml.g5.xlarge", 3), want(low=2, high=6, options=ROLLING), 8, "ok"),
    ],
)
def test_an_endpoint_at_its_peak(standing: tuple[str, int] | None, wanted: Any, value: int, verdict: str) -> None:
    account = Account(quotas_GetServiceQuota={"Quota": quota(G5, value, code="L-1928E07B")})
    account.answers.update(endpoint(*standing) if standing else {})
    assert account.check("endpoint quota", None, wanted).verdict == verdict


def test_a_version_that_serves_already_needs_no_second_fleet() -> None:
    """Another number of replicas is set in place."""
    account = Account(quotas_GetServiceQuota={"Quota": quota(G5, 6, code="L-1928E07B")})
    account.answers.update(endpoint("ml.g5.xlarge", 4, endpoint_names.version("churn", "sha256:3")))
    assert account.check("endpoint quota", None, want(low=2, high=6)).verdict == "ok"


def test_a_known_code_saves_the_list() -> None:
    account = Account(quotas_GetServiceQuota={"Quota": quota(G5, 4, code="L-1928E07B")})
    assert account.check("endpoint quota", None, want()).verdict == "ok"
    asked = [said for call, said in account.calls if call.startswith("service-quotas")]
    assert asked == [{"ServiceCode": "sagemaker", "QuotaCode": "L-1928E07B"}]


def test_a_code_that_means_something_else_there_is_not_believed() -> None:
    other = {"Quota": quota("ml.g5.xlarge for transform job usage", 0)}
    account = Account(quotas_GetServiceQuota=other, quotas_GetAWSDefaultServiceQuota=other)
    assert account.check("endpoint quota", None, want()).detail.startswith(f"{G5} is 8")


def test_without_a_value_of_its_own_the_default_holds() -> None:
    default = {"Quota": quota(G5, 0, code="L-1928E07B")}
    found = Account(quotas_GetAWSDefaultServiceQuota=default).check("endpoint quota", None, want())
    assert (found.verdict, found.fix.endswith("/L-1928E07B")) == ("will_fail", True)


def test_one_list_of_many_pages_serves_every_quota() -> None:
    pages = [listed(**{"Number of x": 1}), listed(**{"ml.m5.large for training job usage": 1}), listed(**{G5: 1})]

    def answer(said: Mapping[str, Any]) -> Answer:
        number = int(said.get("NextToken", "0"))
        return pages[number] | ({"NextToken": str(number + 1)} if number < 2 else {})

    account = Account(quotas_ListServiceQuotas=answer)
    found = {it.name: it.verdict for it in account.checks(run(), want())}
    assert (found["training quota"], found["endpoint quota"]) == ("ok", "ok")
    assert len([call for call, _ in account.calls if call == "service-quotas.ListServiceQuotas"]) == 3


def test_a_quota_that_nobody_lists() -> None:
    found = Account(quotas_ListServiceQuotas={"Quotas": []}).check("training quota", run())
    assert (found.verdict, found.fix.endswith("/services/sagemaker/quotas")) == ("cannot_tell", True)


def test_one_that_cannot_be_raised_says_so() -> None:
    fixed = {"Quotas": [quota("ml.m5.large for training job usage", 0, Adjustable=False)]}
    assert "cannot be raised" in Account(quotas_ListServiceQuotas=fixed).check("training quota", run()).fix


def test_who_may_not_ask_is_told_what_is_missing() -> None:
    refused = Refusal("AccessDeniedException", "not authorized to perform: servicequotas:ListServiceQuotas")
    found = Account(quotas_ListServiceQuotas=refused).check("training quota", run())
    assert (found.verdict, "servicequotas:ListServiceQuotas" in found.fix) == ("cannot_tell", True)


USAGE = {
    "MetricNamespace": "AWS/Usage",
    "MetricName": "ResourceCount",
    "MetricDimensions": {"Service": "SageMaker", "Type": "Resource", "Resource": "x", "Class": "None"},
    "MetricStatisticRecommendation": "Maximum",
}


def used(*values: float) -> dict[str, Any]:
    return {"MetricDataResults": [{"Id": "used", "Values": list(values), "StatusCode": "Complete"}]}


@pytest.mark.parametrize(
    ("standing", "others", "value", "verdict", "said"),
    [
        (None, 0, 6, "ok", "0 are in use by others"),
        (None, 5, 6, "will_fail", "5 are in use by others"),
        (None, 4, 6, "cannot_tell", "4 are in use by others"),
        # of those in use, three are this endpoint's own
        (("ml.g5.xlarge", 3), 0, 12, "ok", "0 are in use by others"),
        (("ml.g5.xlarge", 3), 1, 12, "cannot_tell", "1 are in use by others"),
        (("ml.g5.xlarge", 3), 7, 12, "will_fail", "7 are in use by others"),
    ],
)
def test_what_others_use_is_taken_off_where_the_quota_names_its_metric(
    standing: tuple[str, int] | None, others: int, value: int, verdict: str, said: str
) -> None:
    in_use = others + (standing[1] if standing else 0)
    account = Account(
        quotas_GetServiceQuota={"Quota": quota(G5, value, code="L-1928E07B", UsageMetric=USAGE)},
        cloudwatch_GetMetricData=used(in_use, 99),
    )
    account.answers.update(endpoint(*standing) if standing else {})
    found = account.check("endpoint quota", None, want(low=2, high=6))
    assert (found.verdict, said in found.detail) == (verdict, True), found
    [asked] = [it for call, it in account.calls if call == "cloudwatch.GetMetricData"]
    metric = asked["MetricDataQueries"][0]["MetricStat"]
    assert (metric["Metric"]["Namespace"], metric["Metric"]["MetricName"]) == ("AWS/Usage", "ResourceCount")


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"cloudwatch_GetMetricData": used()},
        {"cloudwatch_GetMetricData": Refusal("AccessDenied", "no", 403)},
    ],
)
def test_use_that_cannot_be_told_is_said_so(more: dict[str, Any]) -> None:
    named = {"UsageMetric": USAGE} if more else {}
    account = Account(quotas_GetServiceQuota={"Quota": quota(G5, 8, code="L-1928E07B", **named)}, **more)
    found = account.check("endpoint quota", None, want())
    assert (found.verdict, "cannot tell how much of it is in use" in found.detail) == ("ok", True)
    assert ("cloudwatch.GetMetricData" in dict(account.calls)) is bool(more)
