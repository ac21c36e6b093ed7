"""The alarms that put a rollout back: what they ask CloudWatch, and that they mean what the policy says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tradewind.providers.aws import alarms as it
from tradewind.values import Policy

from .requests import faults
from .wanted import CANARY, version, want


def made(policy: Policy, wait: int = 300) -> list[dict[str, Any]]:
    found = it.requests(want(version()), "churn-1a2b", policy, wait)
    for request in found:
        assert faults("PutMetricAlarm", request, "cloudwatch") == []
        assert request["TreatMissingData"] == "notBreaching"
        assert (request["EvaluationPeriods"], request["ComparisonOperator"]) == (1, "GreaterThanThreshold")
    return found


def test_the_new_configurations_errors_alone() -> None:
    errors, p95 = made(CANARY)
    fleet = {"EndpointName": "churn", "VariantName": "a", "EndpointConfigName": "churn-1a2b"}
    for dimensions in (
        one["MetricStat"]["Metric"]["Dimensions"] for one in (*errors["Metrics"][:2], *p95["Metrics"][:2])
    ):
        assert {one["Name"]: one["Value"] for one in dimensions} == fleet
    assert errors["Metrics"][2]["Expression"] == "IF(r >= 40 OR (e >= 5 AND e * 2 > r), e / r, 0)"
    assert [one["Id"] for one in errors["Metrics"] if one["ReturnData"]] == ["rate"]
    assert errors["Threshold"] == 0.01
    assert p95["Metrics"][1]["MetricStat"]["Metric"]["MetricName"] == "ModelLatency"
    assert p95["Metrics"][1]["MetricStat"]["Stat"] == "p95"
    assert (p95["Metrics"][2]["Expression"], p95["Threshold"]) == ("IF(r >= 40, l, 0)", 500_000)  # microseconds


def test_limits_that_the_policy_leaves_out() -> None:
    (errors,) = made(replace(CANARY, error_rate=None, p95=None))
    assert errors["Threshold"] == it.ERROR_RATE
    (never,) = made(replace(CANARY, error_rate=0.0, p95=None))
    assert never["Threshold"] == 0


@pytest.mark.parametrize(
    ("requests", "wait", "a_minute"),
    [(200, 300, 40), (50, 3600, 1), (200, 120, 100), (200, 30, 200), (0, 300, 1), (7, 0, 7)],
)
def test_enough_requests_of_one_minute(requests: int, wait: int, a_minute: int) -> None:
    policy = replace(CANARY, min_requests=requests)
    assert it.enough_requests(policy, wait) == a_minute
    errors, p95 = made(policy, wait)
    assert ("Metrics" in errors) == (a_minute > 1)
    if a_minute == 1:
        assert (errors["MetricName"], errors["Statistic"]) == ("Invocation5XXErrors", "Average")
        assert (p95["MetricName"], p95["ExtendedStatistic"]) == ("ModelLatency", "p95")


@pytest.mark.parametrize(
    ("requests", "errors", "rings"),
    [(39, 4, False), (40, 1, True), (40, 0, False), (6, 5, True), (10, 5, False), (5, 4, False)],
)
def test_the_expression_in_numbers(requests: int, errors: int, rings: bool) -> None:
    """As CloudWatch reads it."""
    policy = replace(CANARY, bake=timedelta(minutes=5))
    alarm = made(policy)[0]
    words = {"OR": "or", "AND": "and", "IF": "IF"}
    expression = " ".join(
        words.get(word, word) for word in alarm["Metrics"][2]["Expression"].replace("(", "( ").split()
    )
    value = eval(expression.replace("IF(", "IF("), {"IF": lambda c, x, y: x if c else y, "r": requests, "e": errors})
    assert (value > alarm["Threshold"]) is rings
