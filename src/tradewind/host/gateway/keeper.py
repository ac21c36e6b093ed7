"""Keeps the replicas of one version: as many as load wants, restarted with patience, given up where it never gets ready."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from tradewind.host.errors import HostError
from tradewind.host.gateway.meter import Meter
from tradewind.host.gateway.replica import Replica
from tradewind.host.gateway.scaling import Scaler
from tradewind.host.log_reader import last_word
from tradewind.host.log_writer import LogWriter
from tradewind.host.prepare import Prepared, prepare
from tradewind.host.wish import Fleet, FleetSight

CRASHES = 3  # in a row, without once getting ready: it will not
BACKOFF = 0.5  # seconds, doubled by each crash in a row
LONGEST_BACKOFF = 30.0
STEADY = 60.0  # seconds of being ready after which earlier crashes are forgotten


class Keeper:
    def __init__(
        self,
        fleet: Fleet,
        secrets: Mapping[str, str],
        folder: Path,
        cache: Path,
        client: aiohttp.ClientSession,
        log: LogWriter,
    ) -> None:
        self.fleet = fleet
        self.secrets = dict(secrets)
        self.meter = Meter()
        self.in_flight = 0
        self.failed = ""
        self.told_failed: float | None = None  # when somebody was first told
        self.retired = False
        self._folder = folder
        self._cache = cache
        self._client = client
        self._log = log
        self._scaler = Scaler(fleet.min, fleet.max, fleet.target, fleet.cooldown)
        self._replicas: list[Replica] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._prepared: Prepared | None = None
        self._preparing: asyncio.Task[None] | None = None
        self._count = 0
        self._begin()

    def _begin(self) -> None:
        self._born = time.monotonic()
        self._was_ready = False
        self._crashes = 0
        self._start_at = 0.0

    # what others may ask

    @property
    def ready_replicas(self) -> list[Replica]:
        return [replica for replica in self._replicas if replica.state == "ready"]

    @property
    def able(self) -> bool:
        return any(replica.state == "ready" for replica in self._replicas)

    @property
    def ready(self) -> bool:
        return len(self.ready_replicas) >= max(1, self.fleet.min)

    @property
    def empty(self) -> bool:
        return not self._replicas and not self._tasks

    def pick(self, spare: Replica | None = None) -> Replica | None:
        """The replica with the fewest requests in flight; not `spare` if another is ready."""
        able = self.ready_replicas
        others = [replica for replica in able if replica is not spare]
        return min(others or ([] if spare else able), key=lambda replica: replica.in_flight, default=None)

    def sight(self) -> FleetSight:
        fleet = self.fleet
        now = len(self.ready_replicas)
        word = "Failed" if self.failed else self._word(now)
        return FleetSight(
            slot=fleet.slot,
            digest=fleet.digest,
            ready=self.ready,
            failed=bool(self.failed),
            min=fleet.min,
            max=fleet.max,
            now=now,
            word=word,
            reason=self.failed,
        )

    def _word(self, now: int) -> str:
        if self.retired:
            return "Draining"
        if self.ready:
            return "Ready" if now >= self._scaler.wanted else "Scaling"
        if self._prepared is None and self.fleet.preparation is not None:
            return "Preparing"
        return "Restarting" if self._crashes else "Starting"

    # what others may tell

    def bound(self, fleet: Fleet, secrets: Mapping[str, str]) -> None:
        """The same version with new limits of size."""
        self.fleet = fleet
        self.secrets.update(secrets)
        self.retired = False
        self._scaler.bound(fleet.min, fleet.max, fleet.target, fleet.cooldown)

    def retry(self) -> None:
        """A failed version gets another chance."""
        self.failed = ""
        self.told_failed = None
        self._preparing = None
        self._begin()

    def retire(self) -> None:
        """No more requests; replicas end as they become idle."""
        self.retired = True
        if self._preparing is not None:
            self._preparing.cancel()

    def tick(self) -> None:
        """One step towards what is wanted."""
        now = time.monotonic()
        self._replicas = [replica for replica in self._replicas if replica.state != "ended"]
        if self.retired:
            for replica in self._living():
                self._drain(replica)
            return
        wanted = self._scaler.look(now, self.in_flight)
        self._judge(now)
        living = self._living()
        if len(living) < wanted and not self.failed and now >= self._start_at and self._is_prepared():
            self._start()
        elif len(living) > wanted:
            self._drain(min(living, key=lambda replica: (replica.state == "ready", replica.in_flight)))

    async def end(self) -> None:
        """Everything down, gracefully; returns when nothing is left."""
        self.retire()
        self.tick()
        while self._tasks:
            await asyncio.wait(self._tasks)

    # inside

    def _living(self) -> list[Replica]:
        return [replica for replica in self._replicas if replica.state not in ("draining", "ended")]

    def _judge(self, now: float) -> None:
        if self.ready:
            self._was_ready = True
            if all(now - replica.ready_at > STEADY for replica in self.ready_replicas):
                self._crashes = 0
        if self._was_ready or self.failed:
            return
        if self._crashes >= CRASHES:
            self._fail(f"crashed {self._crashes} times before it was ready")
        elif now - self._born > self.fleet.startup_timeout:
            self._fail(f"not ready within {self.fleet.startup_timeout:g} s")

    def _fail(self, why: str) -> None:
        said = last_word(self._folder / "logs" / self.fleet.slot)
        self.failed = f"{why}: {said}" if said else why  # one line: the log itself is asked for apart
        for replica in self._living():
            if replica.state != "ready":  # those that answer go on, too few as they are
                self._drain(replica)

    def _is_prepared(self) -> bool:
        if self.fleet.preparation is None or self._prepared is not None:
            return True
        if self._preparing is None:
            self._preparing = self._task(self._prepare())
        return False

    async def _prepare(self) -> None:
        if self.fleet.preparation is None:
            return
        try:
            self._prepared = await asyncio.to_thread(prepare, self.fleet.preparation, self._cache, os.environ)
        except HostError as error:
            self.failed = f"{error.said} [{error.code}]"
            self._log.say("tradewind", self.failed)

    def _start(self) -> None:
        self._count += 1
        name = f"{self.fleet.slot}-{self._count}"
        replica = Replica(self.fleet, self._prepared, self.secrets, name, self._folder)
        self._replicas.append(replica)
        self._task(self._follow(replica))

    async def _follow(self, replica: Replica) -> None:
        try:
            await replica.run(self._client, self._log)
        except HostError as error:  # an input is gone
            self._log.say(replica.name, f"{error.said} [{error.code}]")
        except OSError as error:
            self._log.say(replica.name, f"cannot run: {error}")
        replica.state = "ended"
        if replica.why == "drained" or self.retired:
            return
        if replica.was_ready and time.monotonic() - replica.ready_at > STEADY:
            self._crashes = 0
        self._crashes += 1
        self._start_at = time.monotonic() + min(BACKOFF * 2 ** (self._crashes - 1), LONGEST_BACKOFF)

    def _drain(self, replica: Replica) -> None:
        replica.state = "draining"
        self._task(replica.drain())

    def _task(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task
