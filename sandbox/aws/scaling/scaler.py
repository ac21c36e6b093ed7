"""Scaling that acts: what the policies ask for, from alarms on the metrics, done through whoever has the fleets."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring import queries, statistics
from tradewind.sandbox.aws.monitoring.evaluator import period
from tradewind.sandbox.aws.monitoring.monitor import Monitor
from tradewind.sandbox.aws.monitoring.series import GRAIN, Grid
from tradewind.sandbox.aws.scaling import targets, tracking
from tradewind.sandbox.aws.scaling.operations import Operations
from tradewind.sandbox.aws.scaling.targets import Policy, Target
from tradewind.sandbox.aws.wire import Wire

log = logging.getLogger("tradewind.sandbox.aws")

TICK = 0.1  # seconds between two rounds
SLOW = 1.0  # seconds that a fleet gets to show that it was told another count


@dataclass(frozen=True)
class FleetSight:
    """A variant's instances. `settled`: its endpoint is InService, and nothing changes on it."""

    region: str
    endpoint: str
    variant: str
    current: int
    desired: int
    settled: bool


class Fleets(Protocol):
    def variants(self) -> Sequence[FleetSight]:
        """Of every endpoint that there is, whatever its state."""

    def resize(self, region: str, endpoint: str, variant: str, count: int) -> None:
        """Raises ServiceError where it cannot be done."""


@dataclass(frozen=True)
class Wish:
    """A count that a policy wants, or that a target's range demands, and why."""

    count: int
    cause: str
    policy: Policy | None = None


@dataclass
class Past:
    """The last scaling of a target in each direction: when (0: never), and from how many instances."""

    out: float = 0.0
    within: float = 0.0
    base: int = 0


class Scaler:
    """`door` answers Application Auto Scaling's calls for SageMaker."""

    def __init__(self, knobs: Knobs, monitor: Monitor, fleets: Fleets, folder: Path | None = None) -> None:
        self._knobs = knobs
        self._monitor = monitor
        self._fleets = fleets
        self._targets = targets.shelf(folder)
        self._operations = Operations(self._targets, monitor.alarms, self._exists)
        self.door = Wire("application-autoscaling", self._operations.table)
        self._past: dict[tuple[str, str], Past] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="scaler", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()

    def _exists(self, region: str, endpoint: str, variant: str) -> bool:
        return any(
            (one.region, one.endpoint, one.variant) == (region, endpoint, variant) for one in self._fleets.variants()
        )

    def _keep(self) -> None:
        while not self._over.wait(TICK):
            try:
                self._round()
            except Exception:
                log.exception("a round of the scaler failed")

    def _round(self) -> None:
        every = self._targets.all()
        self._monitor.scaled = frozenset(target.place for target in every)
        if not every:
            return
        sights = {(one.region, one.endpoint, one.variant): one for one in self._fleets.variants()}
        for target in every:
            sight = sights.get(target.place)
            if sight is not None and sight.settled:
                self._act(self._closed(target, sight), sight)

    def _closed(self, target: Target, sight: FleetSight) -> Target:
        """What was under way is done once the fleet has settled."""
        activity = target.under_way
        if activity is None:
            return target
        count = int(activity["Description"].rpartition(" ")[2].rstrip("."))
        if sight.current == count:
            status = "Successful"
            told = f"Successfully set desired instance count to {count}. Change successfully fulfilled by sagemaker."
        elif sight.desired != count and time.time() - activity["StartTime"] > SLOW:
            status, told = "Unfulfilled", f"The desired instance count of {count} was overruled: it is {sight.desired}."
        else:
            return target
        ended = {**activity, "StatusCode": status, "StatusMessage": told, "EndTime": time.time()}
        return self._targets.change(target.region, target.resource, lambda now: now.did(ended)) or target

    def _act(self, target: Target, sight: FleetSight) -> None:
        if target.under_way is not None:
            return
        wish = self._bounds(target, sight) or self._policies(target, sight)
        if not target.bounded:
            self._targets.change(target.region, target.resource, lambda now: replace(now, bounded=True))
        if wish is None or wish.count == sight.desired:
            return
        activity = {
            "ActivityId": str(uuid.uuid4()),
            "Description": f"Setting desired instance count to {wish.count}.",
            "Cause": wish.cause,
            "StartTime": time.time(),
            "StatusCode": "InProgress",
            "StatusMessage": f"Successfully set desired instance count to {wish.count}. Waiting for change to be fulfilled "
            "by sagemaker.",
        }
        try:
            self._fleets.resize(*target.place, wish.count)
        except ServiceError as error:
            told = f"Failed to set desired instance count to {wish.count}. Reason: {error.message}"
            activity = {**activity, "StatusCode": "Failed", "StatusMessage": told, "EndTime": time.time()}
        else:
            self._remember(target, sight, wish)
        self._targets.change(target.region, target.resource, lambda now: now.did(activity))

    def _bounds(self, target: Target, sight: FleetSight) -> Wish | None:
        """A count outside of the range that was registered is brought into it, once."""
        if target.bounded:
            return None
        if sight.desired < target.low:
            return Wish(target.low, f"minimum capacity was set to {target.low}")
        if sight.desired > target.high:
            return Wish(target.high, f"maximum capacity was set to {target.high}")
        return None

    def _policies(self, target: Target, sight: FleetSight) -> Wish | None:
        """The most that any policy wants; fewer than now only where every policy that scales in wants fewer."""
        wishes = [self._wish(target, policy, sight) for policy in target.policies]
        outs = [wish for wish in wishes if wish is not None and wish.count > sight.desired]
        if outs:
            return max(outs, key=lambda wish: wish.count)
        scaling_in = [wish for wish, policy in zip(wishes, target.policies, strict=True) if policy.low]
        ins = [wish for wish in scaling_in if wish is not None and wish.count < sight.desired]
        return max(ins, key=lambda wish: wish.count) if ins and len(ins) == len(scaling_in) else None

    def _wish(self, target: Target, policy: Policy, sight: FleetSight) -> Wish | None:
        past = self._past.get((target.region, target.resource), Past())
        now, pace = time.time(), self._knobs.pace
        if self._fires(target, policy.high) and not target.suspended["DynamicScalingOutSuspended"]:
            value = self._value(target, policy.high, last=True)
            cooling = now < past.out + pace.scaled(policy.cooldown("Out"))
            count = 0 if value is None else tracking.wanted(past.base if cooling else sight.current, value, policy)
            count = min(count, target.high)
            if count > sight.desired:
                return Wish(count, _cause(policy.high, policy), policy)
        if policy.low and self._fires(target, policy.low) and not target.suspended["DynamicScalingInSuspended"]:
            value = self._value(target, policy.low, last=False)
            cooling = now < past.within + pace.scaled(policy.cooldown("In"))
            if value is not None and not cooling:
                count = max(tracking.wanted(sight.current, value, policy), target.low)
                return Wish(count, _cause(policy.low, policy), policy) if count < sight.desired else None
        return None

    def _fires(self, target: Target, alarm: str) -> bool:
        return bool(self._monitor.firing(target.region, [alarm]))

    def _value(self, target: Target, name: str, *, last: bool) -> float | None:
        """Of the alarm's metric: in the last whole period, or the largest of those that the alarm looks at."""
        alarm = self._monitor.alarms.get(target.region, name)
        if alarm is None:
            return None
        said: Mapping[str, Any] = alarm.request
        length = max(self._knobs.pace.scaled(period(said)), GRAIN)
        end = (time.time() - GRAIN) // length * length
        grid = Grid(round(end - said["EvaluationPeriods"] * length, 3), length, end)
        held = self._monitor.series.over(queries.metric(target.region, said), grid, said.get("Unit"))
        values = {start: statistics.value(heap, said["Statistic"]) for start, heap in held.items()}
        there = {start: value for start, value in values.items() if value is not None}
        if not there:
            return None
        return there[max(there)] if last else max(there.values())

    def _remember(self, target: Target, sight: FleetSight, wish: Wish) -> None:
        """For the cooldowns; bringing a count into its range starts none."""
        if wish.policy is None:
            return
        past = self._past.setdefault((target.region, target.resource), Past())
        if wish.count > sight.desired:
            past.out, past.base, past.within = time.time(), sight.current, 0.0
        else:
            past.within = time.time()


def _cause(alarm: str, policy: Policy) -> str:
    return f"monitor alarm {alarm} in state ALARM triggered policy {policy.name}"
