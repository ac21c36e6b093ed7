"""A rollout policy as SageMaker's DeploymentConfig. Pure. What is not like the policy here is a loss in `losses.py`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Literal

from tradewind.spec.clouds.aws import Rolling
from tradewind.values import Policy

CANARY_MOST, LINEAR_LEAST, LINEAR_MOST = 50, 10, 50  # % of the fleet (TrafficRoutingConfig)
ALARMS = 10  # AutoRollbackConfiguration.Alarms, at most
WAIT = 3600  # seconds: WaitIntervalInSeconds, TerminationWaitInSeconds
SHORTEST, LONGEST = 600, 28_800  # seconds: MaximumExecutionTimeoutInSeconds
STARTING = 3600  # of these, left for machines and containers to start
# Two of CloudWatch's minutes: an alarm needs a full one, and the time to see it. A shorter wait would be over before it rings.
LEAST_WAIT = 120


@dataclass(frozen=True)
class Deployment:
    """Seconds; `size` in percent of the fleet, of the first step (canary) or of each (linear)."""

    type: Literal["ALL_AT_ONCE", "CANARY", "LINEAR"]
    size: int
    wait: int
    keep: int

    @property
    def waits(self) -> int:
        """How often `wait` passes: after each step, the last included."""
        return _waits(self.type, self.size)

    @property
    def timeout(self) -> int:
        return min(max(self.waits * self.wait + self.keep + STARTING, SHORTEST), LONGEST)


def of_policy(policy: Policy) -> Deployment:
    kind, size = _shape(policy)
    keep = min(_seconds(policy.keep), WAIT)
    wait = min(longest_wait(kind, size, keep), max(_seconds(policy.bake), LEAST_WAIT)) if watched(policy) else 0
    return Deployment(kind, size, wait, keep)


def followed(policy: Policy, rolling: Rolling | None = None) -> Policy:
    """The policy as SageMaker goes about it; where it is watched, it is watched for as long as it says and no longer."""
    if rolling is not None:
        wait = timedelta(seconds=rolling_wait(policy))
        return replace(policy, steps=_shares(round(rolling.batch * 100)), bake=wait, max_bake=wait, keep=timedelta(0))
    made = of_policy(policy)
    steps = {"CANARY": (made.size,), "LINEAR": _shares(made.size)}.get(made.type, ())
    wait = timedelta(seconds=made.wait)
    return replace(policy, steps=steps, bake=wait, max_bake=wait, keep=timedelta(seconds=made.keep))


def _shares(size: int) -> tuple[int, ...]:
    return tuple(range(size, 100, size))


def watched(policy: Policy) -> bool:
    """Whether the new fleet is watched for a while; all at once only where there are limits to judge by (as the engine does)."""
    return policy.strategy != "all_at_once" or policy.error_rate is not None or policy.p95 is not None


def longest_wait(kind: str, size: int, keep: int) -> int:
    """So that all waits, `keep` and the start of the machines fit into the longest deployment that there is."""
    return min(WAIT, (LONGEST - STARTING - keep) // _waits(kind, size))


def config(policy: Policy | None, alarms: Sequence[str], rolling: Rolling | None) -> dict[str, Any] | None:
    """DeploymentConfig; None where SageMaker's default will do: all at once and unwatched. `policy` None asks for that."""
    if rolling is None and policy is None:
        return None
    made: dict[str, Any] = {}
    if rolling is not None:
        made["RollingUpdatePolicy"] = _batches(rolling, policy)
    elif policy is not None:
        made["BlueGreenUpdatePolicy"] = _blue_green(of_policy(policy))
    if alarms:
        made["AutoRollbackConfiguration"] = {"Alarms": [{"AlarmName": name} for name in alarms[:ALARMS]]}
    return made


def rolling_wait(policy: Policy | None) -> int:
    """Seconds that each batch of a rolling update is watched."""
    return min(max(_seconds(policy.bake), LEAST_WAIT), WAIT) if policy is not None and watched(policy) else 0


def _shape(policy: Policy) -> tuple[Literal["ALL_AT_ONCE", "CANARY", "LINEAR"], int]:
    if policy.strategy == "canary" and policy.steps:
        return "CANARY", min(policy.steps[0], CANARY_MOST)
    if policy.strategy == "linear" and policy.steps:
        return "LINEAR", min(max(policy.steps[0], LINEAR_LEAST), LINEAR_MOST)
    return "ALL_AT_ONCE", 100


def _waits(kind: str, size: int) -> int:
    return {"ALL_AT_ONCE": 1, "CANARY": 2}.get(kind, math.ceil(100 / size))


def _blue_green(deployment: Deployment) -> dict[str, Any]:
    routing: dict[str, Any] = {"Type": deployment.type, "WaitIntervalInSeconds": deployment.wait}
    if deployment.type != "ALL_AT_ONCE":
        key = "CanarySize" if deployment.type == "CANARY" else "LinearStepSize"
        routing[key] = _percent(deployment.size)
    return {
        "TrafficRoutingConfiguration": routing,
        "TerminationWaitInSeconds": deployment.keep,
        "MaximumExecutionTimeoutInSeconds": deployment.timeout,
    }


def _batches(rolling: Rolling, policy: Policy | None) -> dict[str, Any]:
    size = round(rolling.batch * 100)
    asked = _seconds(rolling.timeout) if rolling.timeout else math.ceil(100 / size) * rolling_wait(policy) + STARTING
    return {
        "MaximumBatchSize": _percent(size),
        "WaitIntervalInSeconds": rolling_wait(policy),
        "MaximumExecutionTimeoutInSeconds": min(max(asked, SHORTEST), LONGEST),
        # Unsaid, the whole old fleet comes back at once: there is no room for that either.
        "RollbackMaximumBatchSize": _percent(size),
    }


def _percent(size: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": size}


def _seconds(time: timedelta) -> int:
    return math.ceil(time.total_seconds())
