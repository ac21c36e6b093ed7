"""Alarms: of one metric or of an expression over several."""

from __future__ import annotations

from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, mapping, moved, ours, pairs, theirs, unsaid
from tradewind.sandbox.pulumi.carrier import Made, Row, Values

# Where the service says it in other words than by a capital letter.
WORDS = {
    "name": "AlarmName",
    "okActions": "OKActions",
    "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
}
# Said as they are; dimensions and queries are shaped otherwise.
PLAIN = (
    *("name", "alarmDescription", "actionsEnabled", "alarmActions", "okActions", "insufficientDataActions"),
    *("comparisonOperator", "threshold", "thresholdMetricId", "evaluationPeriods", "datapointsToAlarm", "period"),
    *("metricName", "namespace", "statistic", "extendedStatistic", "unit", "treatMissingData"),
    "evaluateLowSampleCountPercentiles",
)
# Not carried out here: CloudWatch's newest kinds of evaluation.
NOT_HERE = ("evaluationCriteria", "evaluationInterval", "evaluationWindow", "warmUpConfiguration")
DEFAULTS: Values = {
    **dict.fromkeys(("alarmActions", "okActions", "insufficientDataActions", "dimensions", "metricQueries")),
    "actionsEnabled": True,
    "treatMissingData": "missing",
}


def put(cloud: Any, inputs: Values) -> Made:
    if strange := [name for name in NOT_HERE if name in inputs]:
        raise ValueError(f"the sandbox carries out no alarm with {', '.join(strange)}")
    watch = cloud.client("cloudwatch")
    asked = {_word(here): inputs[here] for here in PLAIN if here in inputs}
    if inputs.get("dimensions"):
        asked["Dimensions"] = _dimensions(inputs["dimensions"])
    if inputs.get("metricQueries"):
        asked["Metrics"] = [_query(one) for one in inputs["metricQueries"]]
    watch.put_metric_alarm(Tags=pairs(inputs.get("tags")), **asked)
    return inputs["name"], {"arn": _seen(watch, inputs["name"])["AlarmArn"], "tagsAll": inputs.get("tags") or {}}


def read(cloud: Any, id: str, state: Values) -> Values | None:
    watch = cloud.client("cloudwatch")
    seen = _seen(watch, id)
    if not seen:
        return None
    tags = mapping(watch.list_tags_for_resource(ResourceARN=seen["AlarmArn"])["Tags"])
    said: Values = {here: None if (it := seen.get(_word(here))) in ("", []) else it for here in PLAIN}
    said["dimensions"] = {one["Name"]: one["Value"] for one in seen.get("Dimensions", [])} or None
    said["metricQueries"] = [_asked(one) for one in seen.get("Metrics", [])] or None
    return unsaid({**said, "tags": tags, "arn": seen["AlarmArn"]}, state, **DEFAULTS)  # type: ignore[no-any-return]


def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    """PutMetricAlarm sets the whole alarm, but no tags of one that is there."""
    outputs = put(cloud, news)[1]
    gone, tags = moved(olds, news)
    watch = cloud.client("cloudwatch")
    if gone:
        watch.untag_resource(ResourceARN=outputs["arn"], TagKeys=gone)
    if tags:
        watch.tag_resource(ResourceARN=outputs["arn"], Tags=pairs(tags))
    return outputs


def delete(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("cloudwatch").delete_alarms(AlarmNames=[id]))


def _seen(watch: Any, name: str) -> Values:
    alarms = watch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    return alarms[0] if alarms else {}


def _word(here: str) -> str:
    return WORDS.get(here, here[:1].upper() + here[1:])


def _dimensions(said: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": key, "Value": value} for key, value in sorted(said.items())]


def _query(said: Values) -> Values:
    plain = {key: value for key, value in said.items() if key not in ("metric", "id")}
    if "metric" not in said:
        return {"Id": said["id"], **theirs(plain)}
    of = said["metric"]
    where = {"Dimensions": _dimensions(of["dimensions"])} if of.get("dimensions") else {}
    names = {key: of[here] for here, key in (("metricName", "MetricName"), ("namespace", "Namespace")) if here in of}
    unit = {"Unit": of["unit"]} if of.get("unit") else {}
    stat = {"Metric": {**names, **where}, "Period": of["period"], "Stat": of["stat"], **unit}
    return {"Id": said["id"], **theirs(plain), "MetricStat": stat}


def _asked(seen: Values) -> Values:
    plain = ours({key: value for key, value in seen.items() if key not in ("MetricStat", "Id")})
    if "MetricStat" not in seen:
        return {"id": seen["Id"], **plain}
    stat = seen["MetricStat"]
    of = {**ours({k: v for k, v in stat["Metric"].items() if k != "Dimensions"}), "period": stat["Period"]}
    of |= {"stat": stat["Stat"], **({"unit": stat["Unit"]} if stat.get("Unit") else {})}
    if stat["Metric"].get("Dimensions"):
        of["dimensions"] = {one["Name"]: one["Value"] for one in stat["Metric"]["Dimensions"]}
    return {"id": seen["Id"], **plain, "metric": of}


ROWS = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": Row(
        put, read, delete, update, frozenset({"name", "region"}), "name", DEFAULTS
    )
}
