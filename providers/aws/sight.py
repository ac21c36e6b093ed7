"""What DescribeEndpoint and its neighbours say, as typed values. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tradewind.values import Observed, Seen

MOVING = frozenset({"Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting"})
DEAD = frozenset({"Failed", "OutOfService"})  # nothing but DeleteEndpoint can be done with a failed one
MIXED = "UpdateRollbackFailed"  # in service with machines of both configurations


@dataclass(frozen=True)
class VariantSight:
    """`weight` and `count` as they are, `desired...` as asked for."""

    slot: str
    weight: float
    count: int
    desired_weight: float
    desired_count: int


@dataclass(frozen=True)
class EndpointSight:
    """`coming`: the configuration of a deployment in progress, "" without one. `guards`: alarms of the last deployment."""

    name: str
    arn: str
    config: str
    status: str
    modified: datetime
    reason: str = ""
    coming: str = ""
    guards: tuple[str, ...] = ()
    variants: tuple[VariantSight, ...] = ()
    stages: tuple[
        str, ...
    ] = ()  # of the machines of a deployment in progress, in AWS's words ("Creating", "Baking", ...)

    @property
    def progress(self) -> str:
        """How a deployment goes, in AWS's words."""
        return f"{self.status}: new machines {', '.join(self.stages)}" if self.stages else self.status

    @property
    def moving(self) -> bool:
        return self.status in MOVING

    @property
    def dead(self) -> bool:
        return self.status in DEAD

    @property
    def broken(self) -> bool:
        return self.dead or self.status == MIXED

    def variant(self, slot: str) -> VariantSight | None:
        return next((one for one in self.variants if one.slot == slot), None)


@dataclass(frozen=True)
class ConfigSight:
    """An endpoint configuration: the machine type and the model of each variant."""

    name: str
    arn: str
    machines: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class AlarmSight:
    """`limit`: see `alarms.limit`."""

    name: str
    ringing: bool
    reason: str
    limit: tuple[float, str]


@dataclass(frozen=True)
class LogGroupSight:
    """`days` after which its events expire; None: never."""

    name: str
    days: int | None


def log_group(said: Mapping[str, Any]) -> LogGroupSight:
    return LogGroupSight(said["logGroupName"], said.get("retentionInDays"))


def endpoint(said: Mapping[str, Any]) -> EndpointSight:
    """KeyError where the answer is not whole."""
    pending = said.get("PendingDeploymentSummary") or {}
    rollback = (said.get("LastDeploymentConfig") or {}).get("AutoRollbackConfiguration") or {}
    return EndpointSight(
        name=said["EndpointName"],
        arn=said["EndpointArn"],
        config=said.get("EndpointConfigName", ""),
        status=said["EndpointStatus"],
        modified=said["LastModifiedTime"],
        reason=said.get("FailureReason", ""),
        coming=pending.get("EndpointConfigName", ""),
        guards=tuple(alarm["AlarmName"] for alarm in rollback.get("Alarms") or ()),
        variants=tuple(_variant(one) for one in said.get("ProductionVariants") or ()),
        stages=tuple(dict.fromkeys(_stages(pending))),
    )


def _stages(pending: Mapping[str, Any]) -> Iterator[str]:
    """PendingDeploymentSummary's ProductionVariants[].VariantStatus[].Status; the newest of a variant is the last."""
    for variant in pending.get("ProductionVariants") or ():
        said = sorted(variant.get("VariantStatus") or (), key=lambda one: str(one.get("StartTime", "")))
        yield from (one["Status"] for one in said[-1:] if one.get("Status"))


def _variant(said: Mapping[str, Any]) -> VariantSight:
    weight, count = float(said.get("CurrentWeight") or 0), int(said.get("CurrentInstanceCount") or 0)
    desired_weight, desired = said.get("DesiredWeight"), said.get("DesiredInstanceCount")
    return VariantSight(
        slot=said["VariantName"],
        weight=weight,
        count=count,
        desired_weight=weight if desired_weight is None else float(desired_weight),
        desired_count=count if desired is None else int(desired),
    )


def config(said: Mapping[str, Any]) -> ConfigSight:
    """KeyError where the answer is not whole."""
    variants = said["ProductionVariants"]
    return ConfigSight(
        name=said["EndpointConfigName"],
        arn=said["EndpointConfigArn"],
        machines={one["VariantName"]: one.get("InstanceType", "") for one in variants},
        models={one["VariantName"]: one.get("ModelName", "") for one in variants},
    )


def shares(seen: EndpointSight) -> dict[str, int]:
    """Percent by slot, summing to 100; nothing while nothing answers."""
    silent = seen.dead or seen.status in ("Creating", "Deleting")
    return {} if silent else percents({one.slot: one.weight for one in seen.variants})


def percents(weights: Mapping[str, float]) -> dict[str, int]:
    total = sum(weights.values())
    if total <= 0:
        return {}
    exact = {slot: 100 * weight / total for slot, weight in weights.items() if weight > 0}
    whole = {slot: int(share) for slot, share in exact.items()}
    for slot in sorted(exact, key=lambda one: whole[one] - exact[one])[: 100 - sum(whole.values())]:
        whole[slot] += 1
    return {slot: share for slot, share in whole.items() if share}


def observed(
    seen: EndpointSight,
    digests: Mapping[str, str],
    bounds: Mapping[str, tuple[int, int]],
    url: str,
    tags: Mapping[str, str],
) -> Observed:
    """By one look. `digests` and `bounds` (least, most) by slot; a size without bounds is the one asked for."""
    phase = "moving" if seen.moving else "failed" if seen.broken else "settled"
    return Observed(
        phase=phase,  # type: ignore[arg-type]  # three of the four words
        versions=tuple(_seen(seen, one, digests, bounds) for one in seen.variants or _unseen(digests)),
        traffic=shares(seen),
        url=url,
        reason=seen.progress if phase == "moving" else seen.reason if phase == "failed" else "",
        tags=tags,
    )


def _seen(
    seen: EndpointSight, one: VariantSight, digests: Mapping[str, str], bounds: Mapping[str, tuple[int, int]]
) -> Seen:
    least, most = bounds.get(one.slot, (one.desired_count, one.desired_count))
    serves = not seen.dead and seen.status not in ("Creating", "Deleting")
    count = one.count if serves else 0
    return Seen(
        slot=one.slot,
        digest=digests.get(one.slot, ""),
        ready=serves and count >= max(1, least),
        failed=seen.dead,
        min=least,
        max=most,
        now=count,
        word=seen.status,
        reason=seen.reason if seen.dead else "",
    )


def _unseen(digests: Mapping[str, str]) -> tuple[VariantSight, ...]:
    """An endpoint that is being made, or failed to be, may show no variants yet."""
    return tuple(VariantSight(slot, 0, 0, 0, 0) for slot in digests)
