"""Standing alarms on AWS: what each looks at, when it is told, and that CloudWatch takes it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.infra.aws.founding import counts, found
from tests.infra.mocks import Recorded
from tradewind.infra.arguments import Watched
from tradewind.infra.aws.alarms import alarms, spans
from tradewind.providers.aws import endpoint_names

ALL: dict[str, Any] = {"endpoint": "churn-dev", "error_rate": 2, "p95": "250ms", "max_replicas": 3, "idle": "6h"}
NONE: dict[str, Any] = {"endpoint": "churn-dev", "error_rate": None, "idle": None}
TOPIC = {"Topic": 1, "TopicPolicy": 1}
DAY, WEEK = (
    86_400,
    604_800,
)  # seconds that an alarm may look back (PutMetricAlarm): with periods below an hour, and else


def made(recorded: Recorded) -> dict[str, dict[str, Any]]:
    """Inputs by kind."""
    every = recorded.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    return {it.inputs["name"].rpartition("/")[2]: dict(it.inputs) for it in every}


@pytest.mark.parametrize(
    ("watched", "kinds"),
    [
        ({**NONE, "error_rate": 2}, {"errors"}),
        ({**NONE, "p95": "1s"}, {"p95-a", "p95-b"}),
        ({**NONE, "max_replicas": 3}, {"full-a", "full-b"}),
        ({**NONE, "idle": "1h"}, {"idle"}),
        ({"endpoint": "e"}, {"errors", "idle"}),
        (ALL, {"errors", "p95-a", "p95-b", "full-a", "full-b", "idle"}),
    ],
)
def test_each_that_is_given_is_made(watched: dict[str, Any], kinds: set[str]) -> None:
    plain, now = counts(found()), counts(found(watch=[watched]))
    added = {kind: now[kind] - plain[kind] for kind in now if now[kind] != plain[kind]}
    assert added == {**TOPIC, "MetricAlarm": len(kinds)}
    assert made(found(watch=[watched])).keys() == kinds


def test_the_topic_is_told_the_one_that_is_made_or_the_one_that_is_there() -> None:
    mine = found(watch=[ALL])
    assert all(it["alarmActions"] == [mine.outputs["alerts"]] for it in made(mine).values())
    theirs = "arn:aws:sns:eu-west-1:123456789012:theirs"
    recorded = found(watch=[ALL], existing={"alerts": theirs})
    assert all(it["alarmActions"] == [theirs] for it in made(recorded).values())
    assert not recorded.of("aws:sns/topic:Topic")


def queries(alarm: dict[str, Any]) -> dict[str, Any]:
    return {it["id"]: it.get("metric") or it["expression"] for it in alarm["metricQueries"]}


def test_the_error_rate_is_of_all_answers_of_both_slots() -> None:
    alarm = made(found(watch=[ALL]))["errors"]
    asked = queries(alarm)
    assert {asked[it]["metricName"] for it in ("errors_a", "errors_b")} == {"Invocation5XXErrors"}
    assert {asked[it]["metricName"] for it in ("requests_a", "requests_b")} == {"Invocations"}
    assert {asked[it]["dimensions"]["VariantName"] for it in asked if it != "rate"} == {"a", "b"}
    assert all(asked[it]["period"] == 300 and asked[it]["stat"] == "Sum" for it in asked if it != "rate")
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (2, "GreaterThanThreshold")
    values = {"errors_a": 1, "errors_b": None, "requests_a": 10, "requests_b": 40}
    assert evaluated(asked["rate"], values) == 2
    assert evaluated(asked["rate"], dict.fromkeys(values)) == 0


def test_the_slowest_of_twenty_is_in_microseconds() -> None:
    alarm = made(found(watch=[ALL]))["p95-b"]
    assert (alarm["metricName"], alarm["extendedStatistic"], alarm["threshold"]) == ("ModelLatency", "p95", 250_000)
    assert alarm["dimensions"] == {"EndpointName": "churn-dev", "VariantName": "b"}
    assert "statistic" not in alarm


@pytest.mark.parametrize(("machines", "told"), [(2, False), (3, True), (4, True)])
def test_the_size_is_what_each_request_says(machines: int, told: bool) -> None:
    alarm = made(found(watch=[ALL]))["full-a"]
    asked = queries(alarm)
    size = evaluated(asked["size"], {"requests": 100, "shares": sum([1 / machines] * 100)})
    assert (size > alarm["threshold"]) is told
    assert alarm["evaluationPeriods"] * asked["requests"]["period"] == 1800
    assert alarm["datapointsToAlarm"] == alarm["evaluationPeriods"]


@pytest.mark.parametrize(
    ("requests", "machines", "told"),
    [
        ((None, None), (60, None), True),  # never asked, and it stands
        ((0, None), (60, None), True),
        ((5, None), (60, None), False),
        ((None, 1), (60, 60), False),  # a slot without a share is no idle endpoint
        ((None, None), (None, None), False),  # it is gone, or has no machine: nothing bills
    ],
)
def test_idle_is_what_has_machines_and_no_requests(requests: Any, machines: Any, told: bool) -> None:
    alarm = made(found(watch=[ALL]))["idle"]
    asked = queries(alarm)
    names = ("requests_a", "requests_b", "machines_a", "machines_b")
    used = evaluated(asked["used"], dict(zip(names, (*requests, *machines), strict=True)))
    assert (used < alarm["threshold"]) is told
    assert alarm["comparisonOperator"] == "LessThanThreshold"
    assert asked["machines_a"]["namespace"] == "/aws/sagemaker/Endpoints"
    assert {it["period"] for it in asked.values() if isinstance(it, dict)} == {3600}
    assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"]) == (6, 6)


def evaluated(expression: str, values: dict[str, Any]) -> Any:
    """Metric math of one point in time: FILL, IF and arithmetic."""
    words = re.sub(r"\bIF\(", "choose(", expression)
    fill = {"FILL": lambda value, other: other if value is None else value}
    choose = {"choose": lambda condition, one, other: one() if condition else other()}
    found = re.fullmatch(r"choose\((.*) > 0, (.*), (\S+)\)", words)
    if found is None:
        return eval(words, fill | values)
    condition, one, other = found.groups()
    return eval(f"choose(({condition}) > 0, lambda: {one}, lambda: {other})", fill | choose | values)


@given(minutes=st.integers(5, 7 * 24 * 60))
def test_whatever_idle_is_cloudwatch_can_look_back_so_far_and_never_tells_too_early(minutes: int) -> None:
    period, periods = spans(timedelta(minutes=minutes))
    assert period % 60 == 0
    assert 0 <= period * periods - minutes * 60 < period
    assert period * periods <= (DAY if period < 3600 else WEEK)


OPTION = st.one_of(st.none(), st.integers(1, 100))


@settings(max_examples=25, deadline=None)
@given(rate=OPTION, p95=OPTION, full=OPTION, idle=st.one_of(st.none(), st.integers(5, 10_080)))
def test_whatever_is_watched_it_is_a_request_that_cloudwatch_takes(
    rate: int | None, p95: int | None, full: int | None, idle: int | None
) -> None:
    watched = Watched(
        endpoint="e",
        error_rate=rate,
        p95=None if p95 is None else timedelta(milliseconds=p95),
        max_replicas=full,
        idle=None if idle is None else timedelta(minutes=idle),
    )
    shape = botocore.session.get_session().get_service_model("cloudwatch").operation_model("PutMetricAlarm").input_shape
    for kind, alarm in alarms(watched).items():
        report = ParamValidator().validate(request(kind, alarm), shape)
        assert not report.has_errors(), report.generate_report()
        assert sum(it["return_data"] for it in alarm.get("metric_queries", ())) == ("metric_queries" in alarm)
        assert alarm["treat_missing_data"] == "notBreaching"


def request(kind: str, alarm: dict[str, Any]) -> dict[str, Any]:
    renamed = {"metric_queries": "Metrics"}
    out = {renamed.get(key) or pascal(key): value for key, value in alarm.items()}
    if "Dimensions" in out:
        out["Dimensions"] = pairs(out["Dimensions"])
    if "Metrics" in out:
        out["Metrics"] = [query(it) for it in out["Metrics"]]
    return {"AlarmName": kind, **out}


def query(said: dict[str, Any]) -> dict[str, Any]:
    out = {pascal(key): value for key, value in said.items() if key != "metric"}
    if (metric := said.get("metric")) is not None:
        of = {
            "Namespace": metric["namespace"],
            "MetricName": metric["metric_name"],
            "Dimensions": pairs(metric["dimensions"]),
        }
        out["MetricStat"] = {"Metric": of, "Period": metric["period"], "Stat": metric["stat"]}
    return out


def pairs(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


def pascal(word: str) -> str:
    return "".join(it.capitalize() for it in word.split("_"))


def test_no_rollout_takes_a_standing_alarm_away() -> None:
    names = [it.inputs["name"] for it in found(watch=[ALL]).of("aws:cloudwatch/metricAlarm:MetricAlarm")]
    assert names
    assert not any(it.startswith(endpoint_names.alarms("churn-dev")) for it in names)
