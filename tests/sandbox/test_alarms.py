"""Alarms that are really evaluated, by plain boto3; the emulated account's minute is a fraction of a second."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, until
from tradewind.sandbox.aws.monitoring.composite import Unclear
from tradewind.sandbox.aws.monitoring.composite import parsed as rule
from tradewind.sandbox.aws.monitoring.expressions import NotEmulated, parsed
from tradewind.sandbox.aws.monitoring.judgement import Point, Terms, judge

ALARM = {
    "Namespace": "App",
    "MetricName": "m",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 10.0,
    "ComparisonOperator": "GreaterThanThreshold",
}


def state(emulator: Emulator, name: str) -> str:
    alarms = emulator.client("cloudwatch").describe_alarms(
        AlarmNames=[name], AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    (alarm,) = [*alarms["MetricAlarms"], *alarms["CompositeAlarms"]]
    return str(alarm["StateValue"])


def reaches(emulator: Emulator, name: str, wanted: str) -> None:
    until(lambda: state(emulator, name) == wanted)


def metric(name: str) -> dict[str, Any]:
    return {"Metric": {"Namespace": "App", "MetricName": name}, "Period": 60, "Stat": "Sum"}


def test_a_new_alarm_knows_nothing_then_fires_and_calms_down(emulator: Emulator) -> None:
    cloudwatch = emulator.client("cloudwatch")
    emulator.control("speed", speed=60)
    cloudwatch.put_metric_alarm(
        AlarmName="app/errors", **{**ALARM, "MetricName": "errors"}, TreatMissingData="notBreaching"
    )
    (new,) = cloudwatch.describe_alarms(AlarmNamePrefix="app/")["MetricAlarms"]
    assert (new["StateValue"], new["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    reaches(emulator, "app/errors", "OK")
    cloudwatch.put_metric_data(Namespace="App", MetricData=[{"MetricName": "errors", "Value": 11}])
    reaches(emulator, "app/errors", "ALARM")
    (fired,) = cloudwatch.describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert "1 out of the last 1 datapoints [11.0 (" in fired["StateReason"]
    assert "was greater than the threshold (10.0)" in fired["StateReason"]
    assert json.loads(fired["StateReasonData"])["recentDatapoints"] == [11.0]
    reaches(emulator, "app/errors", "OK")
    history = cloudwatch.describe_alarm_history(AlarmName="app/errors", ScanBy="TimestampAscending")[
        "AlarmHistoryItems"
    ]
    kinds = [item["HistorySummary"] for item in history]
    assert kinds == [
        'Alarm "app/errors" created',
        "Alarm updated from INSUFFICIENT_DATA to OK",
        "Alarm updated from OK to ALARM",
        "Alarm updated from ALARM to OK",
    ]
    emulator.control("speed", speed=600)


def test_another_configuration_keeps_the_state_and_the_tags(emulator: Emulator) -> None:
    cloudwatch = emulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="kept", **ALARM, TreatMissingData="breaching", Tags=[{"Key": "a", "Value": "1"}]
    )
    reaches(emulator, "kept", "ALARM")
    cloudwatch.put_metric_alarm(AlarmName="kept", **{**ALARM, "Threshold": 5.0}, TreatMissingData="ignore")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["Threshold"], alarm["TreatMissingData"]) == ("ALARM", 5.0, "ignore")
    arn = alarm["AlarmArn"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    cloudwatch.tag_resource(ResourceARN=arn, Tags=[{"Key": "b", "Value": "2"}])
    cloudwatch.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    cloudwatch.delete_alarms(AlarmNames=["kept", "never-there"])
    assert cloudwatch.describe_alarms(AlarmNames=["kept"])["MetricAlarms"] == []


def test_a_state_set_by_hand_holds_until_the_next_evaluation(emulator: Emulator) -> None:
    cloudwatch = emulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="hand", **ALARM, TreatMissingData="notBreaching")
    reaches(emulator, "hand", "OK")
    cloudwatch.set_alarm_state(AlarmName="hand", StateValue="ALARM", StateReason="a drill", StateReasonData='{"a": 1}')
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["hand"])["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("ALARM", "a drill")
    reaches(emulator, "hand", "OK")
    with pytest.raises(cloudwatch.exceptions.ResourceNotFound):
        cloudwatch.set_alarm_state(AlarmName="nobody", StateValue="OK", StateReason="r")
    with pytest.raises(cloudwatch.exceptions.InvalidFormatFault):
        cloudwatch.set_alarm_state(AlarmName="hand", StateValue="OK", StateReason="r", StateReasonData="{")


def test_metric_math_honours_the_least_number_of_requests(own_emulator: Emulator) -> None:
    """The alarm of AWS's own pattern for an error rate: few requests are not judged, unless most of them fail."""
    own_emulator.control("speed", speed=60)
    cloudwatch = own_emulator.client("cloudwatch")
    metrics = [
        {"Id": "rate", "Expression": "IF(r >= 20 OR (e >= 5 AND e * 2 > r), e / r, 0)", "ReturnData": True},
        {"Id": "r", "MetricStat": metric("requests"), "ReturnData": False},
        {"Id": "e", "MetricStat": metric("errors"), "ReturnData": False},
    ]
    cloudwatch.put_metric_alarm(
        AlarmName="rate",
        Metrics=metrics,
        EvaluationPeriods=1,
        Threshold=0.05,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    reaches(own_emulator, "rate", "OK")
    put(cloudwatch, requests=19, errors=4)  # too few
    until(lambda: seen(cloudwatch, "requests"))
    assert state(own_emulator, "rate") == "OK"
    put(cloudwatch, requests=8, errors=5)
    reaches(own_emulator, "rate", "ALARM")
    reaches(own_emulator, "rate", "OK")
    put(cloudwatch, requests=20, errors=2)
    reaches(own_emulator, "rate", "ALARM")
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["rate"])["MetricAlarms"]
    assert [one["Id"] for one in alarm["Metrics"]] == ["rate", "r", "e"]
    assert "MetricName" not in alarm


def put(cloudwatch: Any, **values: float) -> None:
    data = [{"MetricName": name, "Value": value} for name, value in values.items()]
    cloudwatch.put_metric_data(Namespace="App", MetricData=data)


def seen(cloudwatch: Any, name: str) -> bool:
    now = datetime.now(UTC)
    said = {"Namespace": "App", "MetricName": name, "Period": 60, "Statistics": ["Sum"]}
    found = cloudwatch.get_metric_statistics(**said, StartTime=now - timedelta(minutes=5), EndTime=now)
    return bool(found["Datapoints"])


def test_a_percentile_of_few_samples_leaves_the_state_alone(own_emulator: Emulator) -> None:
    own_emulator.control("speed", speed=60)
    cloudwatch = own_emulator.client("cloudwatch")
    said = {name: value for name, value in ALARM.items() if name != "Statistic"}
    for name, low in (("careful", "ignore"), ("hasty", "evaluate")):
        cloudwatch.put_metric_alarm(
            AlarmName=name,
            **{**said, "ExtendedStatistic": "p95", "MetricName": "slow"},
            EvaluateLowSampleCountPercentile=low,
            TreatMissingData="notBreaching",
        )
        reaches(own_emulator, name, "OK")
    cloudwatch.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "slow", "Values": [99.0], "Counts": [150.0]}]
    )
    reaches(own_emulator, "hasty", "ALARM")
    assert state(own_emulator, "careful") == "OK"
    cloudwatch.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "slow", "Values": [99.0], "Counts": [250.0]}]
    )
    reaches(own_emulator, "careful", "ALARM")


def test_composite_alarms_follow_their_rule(emulator: Emulator) -> None:
    cloudwatch = emulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="part one", **ALARM, TreatMissingData="breaching")
    cloudwatch.put_metric_alarm(AlarmName="part-two", **ALARM, TreatMissingData="notBreaching")
    cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule='ALARM("part one") AND NOT ALARM(part-two)')
    reaches(emulator, "both", "ALARM")
    assert cloudwatch.describe_alarms(AlarmNames=["both"])["MetricAlarms"] == []
    (shown,) = cloudwatch.describe_alarms(AlarmNames=["both"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert shown["AlarmRule"].startswith("ALARM(")
    with pytest.raises(ClientError, match="used by the composite alarm both"):
        cloudwatch.delete_alarms(AlarmNames=["part-two"])
    with pytest.raises(ClientError, match="do not exist"):
        cloudwatch.put_composite_alarm(AlarmName="other", AlarmRule="ALARM(nobody)")
    with pytest.raises(ClientError, match="depend on itself"):
        cloudwatch.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(both)")
    cloudwatch.delete_alarms(AlarmNames=["both", "part one", "part-two"])


def test_an_alarm_tells_its_topic(own_emulator: Emulator) -> None:
    sns, sqs, cloudwatch = (own_emulator.client(service) for service in ("sns", "sqs", "cloudwatch"))
    topic = sns.create_topic(Name="ops")["TopicArn"]
    queue = sqs.create_queue(QueueName="ops")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    cloudwatch.put_metric_alarm(AlarmName="loud", **ALARM, TreatMissingData="breaching", AlarmActions=[topic])
    message = until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"))[0]
    told = json.loads(json.loads(message["Body"])["Message"])
    assert (told["AlarmName"], told["OldStateValue"], told["NewStateValue"]) == ("loud", "INSUFFICIENT_DATA", "ALARM")
    items = until(
        lambda: cloudwatch.describe_alarm_history(AlarmName="loud", HistoryItemType="Action")["AlarmHistoryItems"]
    )
    assert items[0]["HistorySummary"] == f"Successfully executed action {topic}"


def test_alarms_outlive_a_restart(own_emulator: Emulator) -> None:
    cloudwatch = own_emulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(AlarmName="old", **ALARM, TreatMissingData="breaching")
    reaches(own_emulator, "old", "ALARM")
    own_emulator.end()
    own_emulator.start("--speed", "600")
    assert state(own_emulator, "old") == "ALARM"


def test_alarms_in_pages(emulator: Emulator) -> None:
    cloudwatch = emulator.client("cloudwatch", "eu-west-1")
    for number in range(5):
        cloudwatch.put_metric_alarm(AlarmName=f"row-{number}", **ALARM)
    pages = cloudwatch.get_paginator("describe_alarms").paginate(PaginationConfig={"PageSize": 2})
    assert [alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"]] == [f"row-{n}" for n in range(5)]
    (found,) = cloudwatch.describe_alarms_for_metric(MetricName="m", Namespace="App", Period=60)["MetricAlarms"][:1]
    assert found["AlarmName"] == "row-0"
    with pytest.raises(cloudwatch.exceptions.InvalidNextToken):
        cloudwatch.describe_alarms(NextToken="nonsense")


QUERY = {"Id": "a", "MetricStat": metric("m")}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ComparisonOperator": None}, "ComparisonOperator is required"),
        ({"Threshold": None}, "Threshold is required"),
        ({"Statistic": None}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"ExtendedStatistic": "p95"}, "Exactly one of Statistic and ExtendedStatistic"),
        ({"Statistic": None, "ExtendedStatistic": "p95x"}, "for parameter ExtendedStatistic is not supported"),
        ({"Period": 45}, "Invalid period 45"),
        ({"DatapointsToAlarm": 2}, "cannot be greater than the number of evaluation periods"),
        ({"EvaluationPeriods": 1500}, "across more than a day"),
        ({"TreatMissingData": "bad"}, "Option bad is not supported"),
        ({"EvaluateLowSampleCountPercentile": "ignore"}, "alarm on a percentile"),
        ({"AlarmActions": ["nobody"]}, "Invalid arn syntax: nobody"),
        ({"Unit": "Furlong"}, "enum value set"),
        ({"Metrics": [QUERY]}, "cannot be given together"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "does not emulate anomaly detection"),
    ],
)
def test_what_cloudwatch_refuses_of_an_alarm(emulator: Emulator, change: dict[str, Any], told: str) -> None:
    said = {name: value for name, value in {**ALARM, **change}.items() if value is not None}
    with pytest.raises(ClientError, match=told):
        emulator.client("cloudwatch").put_metric_alarm(AlarmName="refused", **said)


@pytest.mark.parametrize(
    ("metrics", "told"),
    [
        ([QUERY, {"Id": "b", "MetricStat": metric("n")}], "Exactly one element .* should return data"),
        ([{"Id": "e", "Expression": "a * 2"}, {**QUERY, "Id": "z", "ReturnData": False}], "unknown ID: a"),
        ([{"Id": "e", "Expression": "e + 1"}], "depends on itself"),
        ([{"Id": "e", "Expression": "1 + 1"}], "there is no metric in it"),
        ([{"Id": "e", "Expression": "RATE(a)"}, {**QUERY, "ReturnData": False}], "does not emulate RATE"),
        ([{"Id": "a", "MetricStat": {**metric("m"), "Stat": "tm90"}}], "does not emulate the statistic tm90"),
        ([{**QUERY, "Expression": "1"}], "Exactly one of Expression and MetricStat"),
    ],
)
def test_what_cloudwatch_refuses_of_metric_math(emulator: Emulator, metrics: list[Any], told: str) -> None:
    said = {"EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanThreshold"}
    with pytest.raises(ClientError, match=told) as refused:
        emulator.client("cloudwatch").put_metric_alarm(AlarmName="refused", Metrics=metrics, **said)
    assert refused.value.response["Error"]["Code"] == "ValidationError"


# The tables of "Configuring how CloudWatch alarms treat missing data": oldest first, X breaches, 0 does not, - is missing.
STATES = ("missing", "ignore", "breaching", "notBreaching")
KEEPS, NEW = "OK", "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("points", "needed", "expected"),
    [
        ("0-X-X", 3, ("OK", "OK", "OK", "OK")),
        ("0----", 3, ("OK", "OK", "OK", "OK")),
        ("-----", 3, (NEW, None, "ALARM", "OK")),
        ("0XX-X", 3, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("--X--", 3, ("ALARM", None, "ALARM", "OK")),
        ("0-X-X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("00X0X", 2, ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0-X--", 2, ("OK", "OK", "ALARM", "OK")),
        ("----0", 2, ("OK", "OK", "ALARM", "OK")),
        ("---X-", 2, ("ALARM", None, "ALARM", "OK")),
    ],
)
def test_missing_data_as_in_the_guides_tables(points: str, needed: int, expected: Sequence[str | None]) -> None:
    found = [None if mark == "-" else Point(float(n), 1.0 if mark == "X" else 0.0) for n, mark in enumerate(points)]
    for missing, wanted in zip(STATES, expected, strict=True):
        terms = Terms("GreaterThanThreshold", 0.5, 3, needed, missing)
        for before in ("OK", "ALARM", NEW):
            verdict = judge(found, terms, before)
            assert (verdict.state if verdict else before) == (wanted or before), (points, missing, before)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b * 2", {1: 7.0}),
        ("(a + b) / 0", {}),
        ("-a ^ 2", {1: -1.0, 2: -4.0}),
        ("a > 1 && b < 1", {1: 0.0}),
        ("a >= 1 AND b == 3", {1: 1.0}),
        ("IF(a > 1, 10, b)", {1: 3.0, 2: 10.0}),
        ("IF(a > 1, 10)", {2: 10.0}),
        ("FILL(b, 0)", {1: 3.0, 2: 0.0}),
        ("FILL(b, REPEAT) + a", {1: 4.0, 2: 5.0}),
        ("MAX([a, b])", {1: 3.0, 2: 2.0}),
        ("MIN(a) + 0 * a", {1: 1.0, 2: 1.0}),
        ("SUM([a, b, 1])", {1: 5.0, 2: 3.0}),
        ("ABS(0 - a)", {1: 1.0, 2: 2.0}),
        ("(0 - 8) ^ 0.5", {}),
    ],
)
def test_expressions(text: str, expected: dict[float, float]) -> None:
    assert parsed(text).series({"a": {1: 1.0, 2: 2.0}, "b": {1: 3.0}}, [1, 2]) == expected


@pytest.mark.parametrize(
    "text",
    ["", "a b", "a < b < c", "a ** 2", "a % 2", "RATE(a)", "IF(a)", "METRICS()", "lambda: a", "a.real", "a[0]", "[a, b]",
     "REPEAT", "'a'", "+".join("1" * 2000), "(" * 300 + "1" + ")" * 300, "9" * 400, "__import__('os')"],
)  # fmt: skip
def test_expressions_that_are_not_emulated(text: str) -> None:
    with pytest.raises(NotEmulated):
        parsed(text)


def test_an_identifier_may_be_a_word_of_pythons() -> None:
    assert parsed("in + or").series({"in": {1: 1.0}, "or": {1: 2.0}}, [1]) == {1: 3.0}


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("ALARM(a)", True),
        ('OK("b") AND NOT ALARM(b)', True),
        ("NOT (ALARM(a) OR TRUE)", False),
        ("FALSE OR INSUFFICIENT_DATA('c d')", True),
        ("ALARM(arn:aws:cloudwatch:us-east-1:123456789012:alarm:a)", True),
    ],
)
def test_rules(text: str, holds: bool) -> None:
    assert rule(text).holds({"a": "ALARM", "b": "OK", "c d": "INSUFFICIENT_DATA"}) is holds


@pytest.mark.parametrize(
    "text", ["", "ALARM()", "ALARM(a", "a", "ALARM(a) ALARM(b)", "NOT", "(ALARM(a)", "AT_LEAST(1, ALARM, (a))"]
)
def test_rules_that_are_unclear(text: str) -> None:
    with pytest.raises(Unclear):
        rule(text)
