"""The instances of one variant under one configuration: as many as are wanted, replaced where they end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from tradewind.sandbox.aws.hosting.endpoint import VariantPlan
from tradewind.sandbox.aws.hosting.instance import Instance, Unfit

Said = Mapping[str, Any]
log = logging.getLogger("tradewind.sandbox.aws")

LOOK = 0.03  # seconds
BACKOFF, LONGEST_BACKOFF = 0.5, 30.0  # seconds before an instance in service is replaced again


class Fleet:
    """All on the loop's thread. `active` is how many instances have traffic, as a deployment tells of it."""

    def __init__(self, config: str, plan: VariantPlan, capture: Said, launch: Callable[[], Instance]) -> None:
        self.config = config
        self.capture = capture
        self.plan = plan
        self.active = 0
        self.wanted = 0
        self._launch = launch
        self._instances: list[Instance] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure = ""
        self._in_service = False  # it once had all that it wanted: from then on it is mended, not given up
        self._losses = 0
        self._turn = 0

    @property
    def ready(self) -> Sequence[Instance]:
        return [one for one in self._instances if one.state == "ready"]

    @property
    def current(self) -> int:
        return len(self.ready)

    @property
    def empty(self) -> bool:
        return not self._tasks

    @property
    def able(self) -> Sequence[Instance]:
        """Those that answer their pings; where none does, those that did: a late answer is better than none."""
        return self.ready or [one for one in self._instances if one.state == "sick"]

    def pick(self, spare: Instance | None = None) -> Instance | None:
        """The one with the fewest requests in flight, in turn among equals; not `spare`, which refused just now."""
        able = [one for one in self.able if one is not spare]
        if not able:
            return None
        self._turn += 1
        start = self._turn % len(able)
        return min(able[start:] + able[:start], key=lambda one: one.in_flight)

    def aim(self, count: int) -> None:
        """So many from now on; `reached` waits for them."""
        self._failure, self._in_service, self._losses = "", False, 0
        self.wanted = count
        self._mend()

    async def reached(self) -> None:
        """Until as many as wanted answer, and no more. Raises Unfit where one of them never will."""
        while self._failure or self.current != self.wanted or len(self._living()) != self.wanted:
            if self._failure:
                raise Unfit(self._failure)
            await asyncio.sleep(LOOK)
        self._in_service = True

    async def end(self) -> None:
        """All down, after their last answers; returns when nothing is left."""
        self.aim(0)
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def leave(self) -> None:
        """All down at once."""
        self.wanted = 0
        for one in self._instances:
            one.leave()
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _living(self) -> list[Instance]:
        return [one for one in self._instances if one.state not in ("draining", "ended")]

    def _mend(self) -> None:
        living = self._living()
        for _ in range(self.wanted - len(living)):
            self._start()
        surplus = sorted(living, key=lambda one: (one.state == "ready", one.in_flight))[
            : max(0, len(living) - self.wanted)
        ]
        for one in surplus:
            self._task(one.drain())

    def _start(self) -> None:
        one = self._launch()
        self._instances.append(one)
        self._task(self._follow(one))

    async def _follow(self, one: Instance) -> None:
        why = ""
        try:
            await one.run()
        except Unfit as error:
            why = str(error)
        except Exception as error:
            log.exception("an instance of %s failed", self.plan.name)
            why = f"Request to service failed: {type(error).__name__}"
        self._instances.remove(one)
        if not why:
            return
        if not self._in_service:
            self._failure = why
            return
        self._losses += 1
        await asyncio.sleep(min(BACKOFF * 2 ** (self._losses - 1), LONGEST_BACKOFF))
        self._mend()

    def _task(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
