"""Target tracking: the alarms of a policy, and how many instances it wants.

Sources: "How target tracking scaling for Application Auto Scaling works"; the alarms' periods are those that the service
makes: three data points above the target, fifteen below nine tenths of it.
"""

from __future__ import annotations

import math
import time
import uuid
from collections.abc import Mapping
from typing import Any

from tradewind.sandbox.aws.monitoring.alarms import Alarm
from tradewind.sandbox.aws.scaling.targets import Policy, Target

INVOCATIONS, CONCURRENCY = (
    "SageMakerVariantInvocationsPerInstance",
    "SageMakerVariantConcurrentRequestsPerModelHighResolution",
)
METRICS: Mapping[str, Mapping[str, Any]] = {
    INVOCATIONS: {"MetricName": "InvocationsPerInstance", "Statistic": "Sum", "Period": 60},
    CONCURRENCY: {"MetricName": "ConcurrentRequestsPerModel", "Statistic": "Average", "Period": 10},
}
ABOVE, BELOW = 3, 15  # data points of the alarms
SLACK = 0.9  # of the target: below it there are too many instances


def made(target: Target, name: str, config: Mapping[str, Any], arn: str, created: float) -> Policy:
    stem = f"TargetTracking-{target.resource}-Alarm"
    low = "" if config.get("DisableScaleIn") else f"{stem}Low-{uuid.uuid4()}"
    return Policy(name, arn, config, created, f"{stem}High-{uuid.uuid4()}", low)


def watched(target: Target, policy: Policy) -> Mapping[str, Any]:
    """The metric of a policy, as an alarm names it."""
    if own := policy.config.get("CustomizedMetricSpecification"):
        return {**{name: value for name, value in own.items() if name != "Metrics"}, "Period": 60}
    _, endpoint, variant = target.place
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": variant}]
    kind = policy.config["PredefinedMetricSpecification"]["PredefinedMetricType"]
    return {**METRICS[kind], "Namespace": "AWS/SageMaker", "Dimensions": dimensions}


def alarms(target: Target, policy: Policy) -> list[Alarm]:
    """As the service makes them for the policy."""
    value = policy.config["TargetValue"]
    common = {
        **watched(target, policy),
        "AlarmDescription": f"DO NOT EDIT OR DELETE. For TargetTrackingScaling policy {policy.arn}.",
        "AlarmActions": [policy.arn],
        "ActionsEnabled": True,
    }
    high = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": value, "EvaluationPeriods": ABOVE}
    low = {
        "ComparisonOperator": "LessThanThreshold",
        "Threshold": value * SLACK,
        "EvaluationPeriods": BELOW,
        "Period": 60,
    }
    now = time.time()
    kinds = ((policy.high, high), (policy.low, low))
    return [
        Alarm(
            target.region, name, "MetricAlarm", {**common, **own, "AlarmName": name}, now, updated=now, transitioned=now
        )
        for name, own in kinds
        if name
    ]


def wanted(count: int, value: float, policy: Policy) -> int:
    """Instances at which the metric would be at its target, if it is shared by them."""
    target = float(policy.config["TargetValue"])
    return max(1, math.ceil(count * value / target - 1e-9))
