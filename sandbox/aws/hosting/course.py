"""One endpoint from one status to the next: made, updated, resized, deleted, and brought up again after a restart."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tradewind.sandbox.aws.hosting.deploy import Deployment, reached, retire
from tradewind.sandbox.aws.hosting.endpoint import Endpoint, Pending, Size
from tradewind.sandbox.aws.hosting.instance import Unfit, Yard
from tradewind.sandbox.aws.hosting.stage import Stage
from tradewind.sandbox.aws.hosting.watch import Alarms, Tripped, Watch
from tradewind.sandbox.aws.shelf import Shelf

log = logging.getLogger("tradewind.sandbox.aws")

CREATING, UPDATING, RESIZING, ROLLING_BACK, DELETING = (
    60.0,
    60.0,
    15.0,
    15.0,
    15.0,
)  # seconds at speed 1, beside what work takes
AGAIN = 1.0  # seconds before what served before a restart is tried once more
CAPACITY = (
    "Unable to provision requested ML compute capacity due to InsufficientInstanceCapacity error. Please retry using a "
    "different ML instance type or after some time."
)
BROKEN = "Request to service failed. If failure persists after retry, contact customer support."


@dataclass(frozen=True)
class Means:
    """What courses work with. `gone` is called once an endpoint is deleted; `flush` sends what containers said."""

    shelf: Shelf[Endpoint]
    yard: Yard
    alarms: Alarms
    flush: Callable[[], None]
    gone: Callable[[Endpoint], None]


class Course:
    """Each of its ways ends in a status that stays; what is raised within ends there too. On the loop's thread."""

    def __init__(self, stage: Stage, means: Means) -> None:
        self._stage = stage
        self._means = means
        self._knobs = means.yard.knobs

    async def run(self, way: str) -> None:
        ways = {
            "create": self._create,
            "update": self._update,
            "resize": self._resize,
            "delete": self._delete,
            "resume": self._resume,
        }
        try:
            await ways[way]()
        except Exception:
            log.exception("%s of endpoint %s failed", way, self._stage.name)
            await self._becomes("Failed", BROKEN)

    # --- ways

    async def _create(self) -> None:
        pending = self._pending()
        await self._pass(CREATING)
        try:
            self._chances()
            await self._up(pending)
        except Unfit as why:
            await asyncio.gather(retire(self._stage.live), self._flushed())
            self._stage.live = {}
            await self._becomes("Failed", str(why))
            return
        await self._takes(pending, "InService")

    async def _update(self) -> None:
        pending, before = self._pending(), self._now().sizes
        stage = self._stage
        left, stage.green = stage.green, {}  # of a rollback that failed
        stage.shift(before)
        await asyncio.gather(retire(left), self._pass(UPDATING))
        watch = Watch(stage.region, pending.deployment, self._means.alarms, self._knobs)
        deployment = Deployment(stage, pending, before, watch)
        try:
            self._chances()
            await deployment.run()
        except (Tripped, Unfit) as why:
            await self._back(deployment, str(why))
            return
        old = stage.promote()
        stage.shift(pending.sizes)
        await self._takes(pending, "Updating")
        for name, fleet in old.items():
            stage.tell(fleet.config, name, "Deleting", f"Terminating {fleet.wanted} instance(s).")
        await retire(old)
        await self._becomes("InService")

    async def _back(self, deployment: Deployment, why: str) -> None:
        stage = self._stage
        await self._becomes("RollingBack", why)
        try:
            await deployment.take_back()
        except Unfit as error:
            deployment.mix()
            said = f"{why} The old fleet could not be restored either: {error}"
            await self._becomes("UpdateRollbackFailed", said)
            return
        stage.shift(deployment.before)
        green, stage.green = stage.green, {}
        await asyncio.gather(retire(green), self._flushed(), self._pass(ROLLING_BACK))
        await self._changes(lambda one: replace(one, pending=None).stands("InService", time.time(), why))

    async def _resize(self) -> None:
        """To the sizes of the pending record, under the same configuration."""
        before, wanted = dict(self._now().sizes), self._pending()
        for name, size in wanted.sizes.items():
            if size.count != before[name].count:
                way = "out" if size.count > before[name].count else "in"
                said = f"Scaling {way} desired instance count to {size.count}."
                self._stage.tell(wanted.plan.config, name, "Updating", said)
        await self._pass(RESIZING)
        try:
            if any(size.count > before[name].count for name, size in wanted.sizes.items()):
                self._chances()
            self._aim(wanted.sizes)
            await reached(self._stage.live)
        except Unfit as error:
            why = str(error)
            await self._becomes("RollingBack", why)
            self._aim(before)
            await asyncio.gather(self._flushed(), self._pass(ROLLING_BACK))
            await self._changes(lambda one: replace(one, pending=None).stands("InService", time.time(), why))
            return
        self._stage.shift(wanted.sizes)
        await self._takes(wanted, "InService")

    async def _delete(self) -> None:
        stage = self._stage
        stage.quiet()
        await asyncio.gather(retire(stage.live), retire(stage.green), self._pass(DELETING))
        stage.live, stage.green = {}, {}
        one = self._now()
        await asyncio.to_thread(self._means.gone, one)
        await asyncio.to_thread(self._means.shelf.remove, one.region, one.name)

    async def _resume(self) -> None:
        """As it stood when the emulator ended: what served serves again, and what was under way begins anew."""
        one = self._now()
        if one.status == "Deleting":
            await self._delete()
        elif one.plan is None and one.status == "Creating":
            await self._create()
        elif one.plan is not None:
            await self._restore(one)

    async def _restore(self, one: Endpoint) -> None:
        assert one.plan is not None
        still = one.status in ("Updating", "RollingBack") and one.pending is not None
        if not still:
            await self._becomes("SystemUpdating", one.reason)
        self._stage.live = self._stage.fleets(one.plan)
        self._stage.shift(one.sizes)
        while True:
            for name, fleet in self._stage.live.items():
                fleet.aim(one.sizes[name].count)
            try:
                await reached(self._stage.live)
                break
            except Unfit as why:  # it served before: it is tried for as long as it takes
                log.warning("endpoint %s does not come up again: %s", one.name, why)
                await asyncio.sleep(AGAIN)
        if one.status == "Updating" and one.pending is not None:
            await (self._resize() if one.pending.plan == one.plan else self._update())
        else:
            await self._changes(lambda now: replace(now, pending=None).stands("InService", time.time(), one.reason))

    # --- steps

    def _chances(self) -> None:
        """What a tester has prepared. Raises Unfit."""
        if (reason := self._knobs.endpoint_failure(self._stage.name)) is not None:
            raise Unfit(reason)
        if self._knobs.no_capacity():
            raise Unfit(CAPACITY)

    async def _up(self, pending: Pending) -> None:
        self._stage.live = self._stage.fleets(pending.plan)
        for name, fleet in self._stage.live.items():
            self._stage.tell(fleet.config, name, "Creating", f"Launching {pending.sizes[name].count} instance(s).")
        self._aim(pending.sizes)
        await reached(self._stage.live)
        self._stage.shift(pending.sizes)

    def _aim(self, sizes: Mapping[str, Size]) -> None:
        for name, fleet in self._stage.live.items():
            if fleet.wanted != sizes[name].count:
                fleet.aim(sizes[name].count)

    async def _pass(self, seconds: float) -> None:
        await asyncio.sleep(self._knobs.pace.scaled(seconds))

    async def _flushed(self) -> None:
        await asyncio.to_thread(self._means.flush)

    async def _takes(self, pending: Pending, status: str) -> None:
        await self._changes(
            lambda one: replace(one, plan=pending.plan, sizes=pending.sizes, pending=None).stands(status, time.time())
        )

    async def _becomes(self, status: str, reason: str = "") -> None:
        await self._changes(lambda one: one.stands(status, time.time(), reason))

    async def _changes(self, how: Callable[[Endpoint], Endpoint]) -> None:
        if how(self._now()).status in ("InService", "Failed"):
            self._stage.doing.clear()
        await asyncio.to_thread(self._means.shelf.change, self._stage.region, self._stage.name, how)

    def _now(self) -> Endpoint:
        one = self._means.shelf.get(self._stage.region, self._stage.name)
        assert one is not None  # only its own course removes it
        return one

    def _pending(self) -> Pending:
        pending = self._now().pending
        assert pending is not None
        return pending
