"""Hosting as one part of the emulator: its operations, the endpoints that run, and how others see and resize them."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp

from tradewind.host.processes import kill_marked
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.hosting import config, endpoint, model
from tradewind.sandbox.aws.hosting.capture import Capture
from tradewind.sandbox.aws.hosting.course import Course, Means
from tradewind.sandbox.aws.hosting.endpoint import Endpoint
from tradewind.sandbox.aws.hosting.endpoint_service import Endpoints
from tradewind.sandbox.aws.hosting.instance import Yard
from tradewind.sandbox.aws.hosting.lines import Lines
from tradewind.sandbox.aws.hosting.stage import Stage
from tradewind.sandbox.aws.hosting.usage import Usage
from tradewind.sandbox.aws.images import Images
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring.monitor import Machine, Monitor
from tradewind.sandbox.aws.quotas import Quotas
from tradewind.sandbox.aws.scaling.scaler import FleetSight
from tradewind.sandbox.aws.shelf import Shelf
from tradewind.sandbox.aws.tags import Kind

KEPT_OPEN = 1.5  # seconds an idle connection to a container is kept: shorter than any server's own patience
LEAVING = 10.0  # seconds for the processes to go when the emulator ends
Key = tuple[str, str]
Said = Mapping[str, Any]


class Hosting:
    """`operations` are those of the service that are emulated; `machines` are for the monitor, `fleets` for the scaler."""

    def __init__(
        self,
        folder: Path,
        account: Account,
        knobs: Knobs,
        monitor: Monitor,
        quotas: Quotas,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._loop = loop
        self._account = account
        self._monitor = monitor
        self._knobs = knobs
        self._yard_folder = folder / "instances"
        self._images = Images(folder / "images")
        self._shelf: Shelf[Endpoint] = Shelf(folder / "endpoints", endpoint.recalled)
        self._usage = Usage(self._shelf, account, quotas)
        models = model.Models(Shelf(folder / "models", lambda said: model.Model(**said)), account)
        configs = config.Configs(Shelf(folder / "endpoint-configs", lambda said: config.Config(**said)), models)
        self._endpoints = Endpoints(self._shelf, models, configs, self, monitor, self._usage)
        self.operations: dict[str, Callable[[Said, str], Said]] = {
            **models.operations,
            **configs.operations,
            **self._endpoints.operations,
        }
        self.kinds = (
            Kind("model", models.tags),
            Kind("endpoint-config", configs.tags),
            Kind("endpoint", self._endpoints.tags),
        )
        self.controls = {"image": self._images.turn}
        self._lock = threading.Lock()
        self._stages: dict[Key, Stage] = {}
        self._lines = Lines(account)
        self.capture = Capture(account)
        self._courses: set[asyncio.Task[None]] = set()
        self._means: Means | None = None
        self._client: aiohttp.ClientSession | None = None
        self._pings: aiohttp.ClientSession | None = None
        self._writers: tuple[asyncio.Task[None], ...] = ()

    # --- its life, on the loop

    async def resume(self) -> None:
        """What an emulator that was killed left behind is cleared; endpoints come up again."""
        await asyncio.to_thread(_swept, self._yard_folder)
        self._client = _asking(aiohttp.TCPConnector(limit=0, keepalive_timeout=KEPT_OPEN))
        # A connection that a server closes after a ping must not be one that a request is sent on.
        self._pings = _asking(aiohttp.TCPConnector(limit=0, force_close=True))
        yard = Yard(self._account, self._knobs, self._images, self._yard_folder, self._pings, self._lines)
        self._means = Means(self._shelf, yard, self._monitor, self._lines.flush, self._usage.deregister)
        self._writers = (asyncio.create_task(self._lines.run()), asyncio.create_task(self.capture.run()))
        for one in self._shelf.all():
            self._begin((one.region, one.name), "resume")

    async def leave(self) -> None:
        """The emulator ends: no process stays behind, and every endpoint is kept as it stands."""
        for task in (*self._courses, *self._writers):
            task.cancel()
        stages = list(self._stages.values())
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(stage.leave() for stage in stages)), LEAVING)
        await asyncio.to_thread(self.capture.flush)
        for session in (self._client, self._pings):
            if session is not None:
                await session.close()

    @property
    def client(self) -> aiohttp.ClientSession:
        assert self._client is not None
        return self._client

    # --- for the operations, from any thread

    def stage(self, region: str, name: str) -> Stage | None:
        with self._lock:
            return self._stages.get((region, name))

    def set_out(self, region: str, name: str, way: str) -> None:
        self._loop.call_soon_threadsafe(self._begin, (region, name), way)

    # --- for the monitor and the scaler, from their threads

    def machines(self) -> Iterator[Machine]:
        """Instances in service."""
        for (region, name), stage in self._running():
            for fleet in (*list(stage.live.values()), *list(stage.green.values())):
                for one in list(fleet.ready):
                    pids = (one.process.pid,) if one.process is not None else ()
                    yield Machine(region, name, fleet.plan.name, fleet.config, one.name, pids, one.folder)

    def variants(self) -> Sequence[FleetSight]:
        found = []
        for (region, name), stage in self._running():
            one = self._shelf.get(region, name)
            if one is None:
                continue
            for variant, size in one.sizes.items():
                fleet = stage.live.get(variant)
                current = fleet.current if fleet is not None else 0
                found.append(FleetSight(region, name, variant, current, size.count, one.status == "InService"))
        return found

    def resize(self, region: str, endpoint: str, variant: str, count: int) -> None:
        self._endpoints.resize(region, endpoint, {variant: {"count": count}})

    # --- inside

    def _begin(self, key: Key, way: str) -> None:
        assert self._means is not None
        stage = self.stage(*key)
        if stage is None:
            stage = Stage(*key, self._means.yard)
            with self._lock:
                self._stages[key] = stage
        task = asyncio.create_task(self._carry(stage, way))
        self._courses.add(task)
        task.add_done_callback(self._courses.discard)

    async def _carry(self, stage: Stage, way: str) -> None:
        assert self._means is not None
        await Course(stage, self._means).run(way)
        key = stage.region, stage.name
        if self._shelf.get(*key) is None:
            with self._lock:
                self._stages.pop(key, None)

    def _running(self) -> list[tuple[Key, Stage]]:
        with self._lock:
            return list(self._stages.items())


def _asking(connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=connector, auto_decompress=False, cookie_jar=aiohttp.DummyCookieJar(), trust_env=False
    )


def _swept(folder: Path) -> None:
    for left in folder.glob("i-*"):
        kill_marked(str(left))
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
