"""How a new configuration takes over: blue/green all at once, by a canary or in linear steps, or rolling in batches.

Sources: the developer guide's chapter on deployment guardrails; the messages are those of its EventBridge examples.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.sandbox.aws.hosting.endpoint import Pending, Size
from tradewind.sandbox.aws.hosting.fleet import Fleet
from tradewind.sandbox.aws.hosting.sizes import counted, part, steps
from tradewind.sandbox.aws.hosting.stage import Stage
from tradewind.sandbox.aws.hosting.watch import Watch, policy

Counts = Mapping[str, int]


@dataclass(frozen=True)
class Deployment:
    """`before` is what was wanted of the variants that serve. Either way may raise Tripped."""

    stage: Stage
    pending: Pending
    before: Mapping[str, Size]
    watch: Watch

    async def run(self) -> None:
        """To the point where green has all requests and has proved itself; blue still stands, or what is left of it."""
        self.watch.look()
        if "RollingUpdatePolicy" in self.pending.deployment:
            await self._rolling()
        else:
            await self._blue_green()

    async def take_back(self) -> None:
        """Blue serves alone again. Raises Unfit where it cannot be brought to its old size: both go on, a mix of them."""
        said = self._said.get("RollbackMaximumBatchSize")
        if not self.stage.live or all(
            fleet.wanted >= self.before[name].count for name, fleet in self.stage.live.items()
        ):
            self.stage.shift(self.before)
            return
        for name, fleet in self.stage.live.items():
            total = self.before[name].count
            batch = counted(said, total) if said else total
            while fleet.wanted < total:
                self.stage.tell(fleet.config, name, "Updating", f"Launching {batch} instance(s).")
                fleet.aim(min(total, fleet.wanted + batch))
                await fleet.reached()
                self.stage.shift(self.before, {name: 1 - fleet.wanted / total})

    def mix(self) -> None:
        """Both fleets go on with what they have, and share by it."""
        parts = {}
        for name, fleet in self.stage.live.items():
            fleet.aim(fleet.current)
            green = self.stage.green[name]
            parts[name] = green.current / max(1, green.current + fleet.current)
        self.stage.shift(self.before, parts)

    @property
    def _said(self) -> Mapping[str, Any]:
        return policy(self.pending.deployment)

    @property
    def _sizes(self) -> Mapping[str, Size]:
        return self.pending.sizes

    async def _blue_green(self) -> None:
        self.stage.green = self.stage.fleets(self.pending.plan)
        for name, fleet in self.stage.green.items():
            fleet.aim(self._sizes[name].count)
            self.stage.tell(fleet.config, name, "Creating", f"Launching {fleet.wanted} instance(s).")
        await self.watch.through(reached(self.stage.green))
        totals = {name: size.count for name, size in self._sizes.items()}
        routing = self._said.get("TrafficRoutingConfiguration") or {"Type": "ALL_AT_ONCE"}
        for counts in steps(routing, totals):
            self._activate(counts, "canary")
            self.stage.shift(self.before, {name: part(counts[name], total) for name, total in totals.items()})
            await self._bake(routing["WaitIntervalInSeconds"], "WaitIntervalInSeconds", counts, "canary")
        self._activate(totals, "full")
        self.stage.shift(self._sizes, dict.fromkeys(totals, 1.0))
        wait = self._said.get("TerminationWaitInSeconds") or 0
        await self._bake(wait, "TerminationWaitInSeconds", totals, "full")

    async def _rolling(self) -> None:
        """A batch of new instances comes and proves itself, and as many old ones go."""
        (name, size), *_ = self._sizes.items()
        self.stage.green = self.stage.fleets(self.pending.plan)
        new, old, before = self.stage.green[name], self.stage.live[name], self.stage.live[name].wanted
        batch, wait = counted(self._said["MaximumBatchSize"], size.count), self._said["WaitIntervalInSeconds"]
        while new.wanted < size.count:
            self.stage.tell(
                new.config, name, "Creating", f"Launching {min(batch, size.count - new.wanted)} instance(s)."
            )
            new.aim(min(size.count, new.wanted + batch))
            await self.watch.through(new.reached())
            self._activate({name: new.wanted}, "partial" if new.wanted < size.count else "full")
            self.stage.shift(self.before, {name: new.wanted / size.count})
            await self._bake(wait, "WaitIntervalInSeconds", {name: new.wanted}, "partial")
            left = max(0, before - new.wanted) if new.wanted < size.count else 0
            self.stage.tell(old.config, name, "Deleting", f"Terminating {old.wanted - left} instance(s).")
            old.aim(left)
        self.stage.shift(self._sizes, {name: 1.0})

    def _activate(self, counts: Counts, word: str) -> None:
        for name, fleet in self.stage.green.items():
            fleet.active = counts[name]
            said = f"Activating traffic on {word} capacity of {counts[name]} instance(s)."
            self.stage.tell(fleet.config, name, "ActivatingTraffic", said)

    async def _bake(self, seconds: float, field: str, counts: Counts, word: str) -> None:
        for name, fleet in self.stage.green.items():
            said = (
                f"Baking for {seconds:.0f} seconds ({field}) with traffic enabled on {word} capacity of {counts[name]} "
            )
            self.stage.tell(fleet.config, name, "Baking", f"{said}instance(s).")
        await self.watch.bake(seconds)


async def reached(fleets: Mapping[str, Fleet]) -> None:
    """Raises Unfit."""
    for fleet in fleets.values():
        await fleet.reached()


async def retire(fleets: Mapping[str, Fleet]) -> None:
    """Their last answers given, nothing is left of them."""
    await asyncio.gather(*(fleet.end() for fleet in fleets.values()))
