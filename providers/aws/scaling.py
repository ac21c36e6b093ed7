"""Sizes and what they follow: Application Auto Scaling's target and policies of one variant. Pure.

A version with `min` below `max` has a scalable target, which holds both; a policy for each measure that it follows. One size
needs neither.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import tags
from tradewind.providers.aws.serve_request import options_of
from tradewind.values import Version, Wanted

OURS = "tradewind-"  # what our policies' names begin with
NAMESPACE = "sagemaker"
DIMENSION = "sagemaker:variant:DesiredInstanceCount"
UTILISATION = "/aws/sagemaker/Endpoints"


@dataclass(frozen=True)
class Bounds:
    """A scalable target as it is."""

    min: int
    max: int


def bounds(version: Version) -> Bounds | None:
    """As wanted; None where the size does not change. Machines do not scale to zero: the least is 1."""
    least, most = max(1, version.min), max(1, version.max)
    return Bounds(least, most) if least < most else None


def fixed(version: Version) -> int:
    return max(1, version.min)


def variant(endpoint: str, slot: str) -> dict[str, str]:
    """What every call names a scalable target by."""
    resource = names.scalable(endpoint, slot)
    return {"ServiceNamespace": NAMESPACE, "ResourceId": resource, "ScalableDimension": DIMENSION}


def registration(want: Wanted, version: Version, wanted: Bounds, now: Bounds | None) -> dict[str, Any]:
    """RegisterScalableTarget. Tags are taken with a new target only."""
    made = {**variant(want.name, version.slot), "MinCapacity": wanted.min, "MaxCapacity": wanted.max}
    return made if now is not None else {**made, "Tags": {tag["Key"]: tag["Value"] for tag in tags.pairs(want.tags)}}


def policies(want: Wanted, version: Version) -> list[dict[str, Any]]:
    """PutScalingPolicy, one for each measure that the version follows."""
    if bounds(version) is None:
        return []
    cooldowns = _cooldowns(version)
    return [
        {
            **variant(want.name, version.slot),
            "PolicyName": OURS + measure,
            "PolicyType": "TargetTrackingScaling",
            "TargetTrackingScalingPolicyConfiguration": {**tracked, **cooldowns},
        }
        for measure, tracked in _measures(want.name, version)
    ]


def differs(wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    """Whether a policy is not as wanted. What AWS adds by itself (DisableScaleIn) does not count."""
    return any(key not in found or _unlike(value, found[key]) for key, value in wanted.items())


def _unlike(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return differs(wanted, found)
    return bool(wanted != found)


def _measures(endpoint: str, version: Version) -> Iterator[tuple[str, dict[str, Any]]]:
    machine, follow = version.container.machine, version.scale_on
    if version.target is not None:
        # Looked at every 10 seconds, not every minute (developer guide, "high-resolution metrics").
        yield "concurrency", _predefined("SageMakerVariantConcurrentRequestsPerModelHighResolution", version.target)
    if "requests" in follow:
        yield "requests", _predefined("SageMakerVariantInvocationsPerInstance", follow["requests"])
    # A machine's use is the sum over its cores or cards, each 0 to 100 (CloudWatch metrics of SageMaker).
    if "cpu" in follow:
        yield "cpu", _use("CPUUtilization", follow["cpu"] * 100 * machine.cpus, endpoint, version.slot)
    if "gpu" in follow:
        yield "gpu", _use("GPUUtilization", follow["gpu"] * 100 * max(1, machine.gpus), endpoint, version.slot)


def _predefined(metric: str, value: float) -> dict[str, Any]:
    return {"TargetValue": float(value), "PredefinedMetricSpecification": {"PredefinedMetricType": metric}}


def _use(metric: str, value: float, endpoint: str, slot: str) -> dict[str, Any]:
    dimensions = [{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": slot}]
    said = {"MetricName": metric, "Namespace": UTILISATION, "Dimensions": dimensions, "Statistic": "Average"}
    return {"TargetValue": round(value, 2), "CustomizedMetricSpecification": said}


def _cooldowns(version: Version) -> dict[str, int]:
    options = options_of(version)
    said = {
        "ScaleInCooldown": options.scale_in_cooldown or version.cooldown,
        "ScaleOutCooldown": options.scale_out_cooldown or version.cooldown,
    }
    return {name: math.ceil(time.total_seconds()) for name, time in said.items() if time is not None}


def strays(wanted: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]]) -> list[str]:
    """Policies of ours that are no longer wanted; those that others made stay."""
    kept = {policy["PolicyName"] for policy in wanted}
    return [name for policy in found if (name := policy["PolicyName"]).startswith(OURS) and name not in kept]
