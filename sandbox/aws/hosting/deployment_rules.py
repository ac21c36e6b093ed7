"""What the service checks of a DeploymentConfig beyond its model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.hosting.endpoint import Plan, Size

Said = Mapping[str, Any]

HALF = 50  # percent: a canary, a step or a batch is never more
LINEAR_LEAST, ROLLING_LEAST = 10, 5  # percent


def check(deployment: Said) -> None:
    """Raises ServiceError for what the service would refuse from the configuration alone."""
    blue_green, rolling = deployment.get("BlueGreenUpdatePolicy"), deployment.get("RollingUpdatePolicy")
    if blue_green and rolling:
        raise invalid("Only one of BlueGreenUpdatePolicy and RollingUpdatePolicy can be given in DeploymentConfig.")
    if blue_green:
        _routing(blue_green["TrafficRoutingConfiguration"])
        _time(blue_green, blue_green["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"])
    if rolling:
        _percent(rolling["MaximumBatchSize"], "MaximumBatchSize", ROLLING_LEAST, HALF)
        if back := rolling.get("RollbackMaximumBatchSize"):
            _percent(back, "RollbackMaximumBatchSize", 1, 100)
        _time(rolling, rolling["WaitIntervalInSeconds"])


def check_fleet(deployment: Said, old: Plan, new: Plan, sizes: Mapping[str, Size]) -> None:
    """Raises ServiceError where the variants are not such that this deployment can be done with them."""
    routing = (deployment.get("BlueGreenUpdatePolicy") or {}).get("TrafficRoutingConfiguration") or {}
    rolling = deployment.get("RollingUpdatePolicy")
    guarded = rolling or routing.get("Type") in ("CANARY", "LINEAR")
    if guarded and {one.name for one in old.variants} != {one.name for one in new.variants}:
        raise invalid(
            f"The endpoint configuration {new.config} must have the same variant names as {old.config} for a deployment "
            "with canary or linear traffic shifting, or in batches."
        )
    if rolling and len(new.variants) > 1:
        raise invalid("RollingUpdatePolicy is not supported for an endpoint with more than one production variant.")
    for name, size in sizes.items():
        if routing.get("Type") == "CANARY":
            _count(routing["CanarySize"], "CanarySize", name, size.count, 0)
        if routing.get("Type") == "LINEAR":
            _count(routing["LinearStepSize"], "LinearStepSize", name, size.count, LINEAR_LEAST)
        if rolling:
            _count(rolling["MaximumBatchSize"], "MaximumBatchSize", name, size.count, ROLLING_LEAST)


def _routing(said: Said) -> None:
    for kind, field in (("CANARY", "CanarySize"), ("LINEAR", "LinearStepSize")):
        if said["Type"] == kind and not said.get(field):
            raise invalid(f"{field} must be given in TrafficRoutingConfiguration for Type {kind}.")
        if said["Type"] != kind and said.get(field):
            raise invalid(f"{field} can only be given in TrafficRoutingConfiguration for Type {kind}.")
    if said["Type"] == "CANARY":
        _percent(said["CanarySize"], "CanarySize", 1, HALF)
    if said["Type"] == "LINEAR":
        _percent(said["LinearStepSize"], "LinearStepSize", LINEAR_LEAST, HALF)


def _percent(size: Said, field: str, least: int, most: int) -> None:
    if size["Type"] == "CAPACITY_PERCENT" and not least <= size["Value"] <= most:
        raise invalid(
            f"{field} of type CAPACITY_PERCENT must be between {least} and {most} percent, not {size['Value']}."
        )


def _count(size: Said, field: str, variant: str, total: int, least: int) -> None:
    share = 100 * int(size["Value"]) / total
    if size["Type"] == "INSTANCE_COUNT" and not least <= share <= HALF:
        low = f"between {least}% and" if least else "at most"
        raise invalid(
            f"{field} of {size['Value']} instance(s) must be {low} {HALF}% of the {total} instance(s) of production "
            f"variant {variant}."
        )


def _time(said: Said, interval: int) -> None:
    limit = said.get("MaximumExecutionTimeoutInSeconds")
    waits = interval + (said.get("TerminationWaitInSeconds") or 0)
    if limit is not None and limit <= waits:
        raise invalid(
            f"MaximumExecutionTimeoutInSeconds ({limit}) must be greater than the total waiting time of "
            f"WaitIntervalInSeconds and TerminationWaitInSeconds ({waits})."
        )
