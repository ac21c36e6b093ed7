"""The alarms that put a rollout back, one set for each endpoint configuration. Pure: PutMetricAlarm requests.

They read the metrics of the NEW configuration alone (dimension EndpointConfigName), so that the old fleet's errors, which the
new version did not make, put nothing back.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import tags
from tradewind.values import Policy, Wanted

PERIOD = 60  # seconds; SageMaker's metrics come by the minute
ERROR_RATE = 0.05  # where the policy gives none: as far as the engine lets a new version be worse than the old one
FLOOD = 5  # server errors that are enough when they are most of the answers, however few requests there were
METRICS = "AWS/SageMaker"


def requests(want: Wanted, config: str, policy: Policy, wait: int) -> list[dict[str, Any]]:
    """`wait`: seconds that the new version is watched at one share; the policy's `min_requests` are counted over it."""
    return [{**alarm, "Tags": _tags(want)} for alarm in _alarms(want, config, policy, wait)]


def _alarms(want: Wanted, config: str, policy: Policy, wait: int) -> Iterator[dict[str, Any]]:
    slot = want.versions[0].slot
    fleet = {"EndpointName": want.name, "VariantName": slot, "EndpointConfigName": config}
    dimensions = [{"Name": key, "Value": value} for key, value in fleet.items()]
    prefix = names.alarms(want.name, config)
    yield _errors(f"{prefix}errors", dimensions, policy, wait)
    if policy.p95 is not None:
        yield _slowness(f"{prefix}p95", dimensions, policy.p95, enough_requests(policy, wait))


def _errors(name: str, dimensions: list[dict[str, str]], policy: Policy, wait: int) -> dict[str, Any]:
    limit = ERROR_RATE if policy.error_rate is None else policy.error_rate
    common = _common(name, "more server errors of the new version than the rollout allows") | {"Threshold": limit}
    if (enough := enough_requests(policy, wait)) == 1:
        plain = {"Namespace": METRICS, "MetricName": "Invocation5XXErrors", "Dimensions": dimensions}
        return {
            **common,
            **plain,
            "Statistic": "Average",
            "Period": PERIOD,
        }  # 0 or 1 a request: the average is the rate
    rate = f"IF(r >= {enough} OR (e >= {FLOOD} AND e * 2 > r), e / r, 0)"
    return {
        **common,
        "Metrics": [
            _measured("r", "Invocations", "Sum", dimensions),
            _measured("e", "Invocation5XXErrors", "Sum", dimensions),
            {"Id": "rate", "Label": "server errors of requests", "Expression": rate, "ReturnData": True},
        ],
    }


def _slowness(name: str, dimensions: list[dict[str, str]], limit: timedelta, enough: int) -> dict[str, Any]:
    common = _common(name, "one in 20 answers took longer than the rollout allows")
    common["Threshold"] = limit.total_seconds() * 1e6  # ModelLatency is in microseconds
    if enough == 1:
        plain = {"Namespace": METRICS, "MetricName": "ModelLatency", "Dimensions": dimensions, "Period": PERIOD}
        return {**common, **plain, "ExtendedStatistic": "p95"}
    # CloudWatch's own rule for few samples (`ignore`) wants 200 of them in a period; the policy says how many are enough.
    return {
        **common,
        "Metrics": [
            _measured("r", "Invocations", "Sum", dimensions),
            _measured("l", "ModelLatency", "p95", dimensions),
            {"Id": "slowness", "Label": "p95", "Expression": f"IF(r >= {enough}, l, 0)", "ReturnData": True},
        ],
    }


def limit(alarm: Mapping[str, Any]) -> tuple[float, str]:
    """What of an alarm depends on the policy, as it is asked for and as CloudWatch tells it."""
    expressions = [one["Expression"] for one in alarm.get("Metrics") or () if one.get("Expression")]
    return float(alarm.get("Threshold") or 0), " ".join(expressions)


def enough_requests(policy: Policy, wait: int) -> int:
    """How many requests of one minute are enough to judge by, so that `wait` at that pace has `min_requests`."""
    a_minute = math.ceil(policy.min_requests * PERIOD / wait) if wait else policy.min_requests
    return max(1, min(a_minute, policy.min_requests))


def _common(name: str, description: str) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "AlarmDescription": description,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",  # no request is no evidence
    }


def _measured(identity: str, metric: str, stat: str, dimensions: list[dict[str, str]]) -> dict[str, Any]:
    said = {"Namespace": METRICS, "MetricName": metric, "Dimensions": dimensions}
    return {"Id": identity, "MetricStat": {"Metric": said, "Period": PERIOD, "Stat": stat}, "ReturnData": False}


def _tags(want: Wanted) -> list[Mapping[str, str]]:
    return [*tags.pairs({**want.tags, tags.ENDPOINT_TAG: want.name})]
