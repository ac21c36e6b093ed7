"""One instance of a variant: its disk, its container as a process, and whether that answers the service's pings."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiohttp

from tradewind.host import ports
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.hosting import data, layout
from tradewind.sandbox.aws.hosting.endpoint import VariantPlan
from tradewind.sandbox.aws.hosting.lines import Lines
from tradewind.sandbox.aws.hosting.patience import Patience
from tradewind.sandbox.aws.images import UNKNOWN, Images
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.logs import Stream
from tradewind.sandbox.aws.process import Process

PING_PATIENCE = 2.0  # seconds for an answer to a ping (guide: "the request timeout on /ping attempts is 2 seconds")
LOOK = 0.05  # seconds between two looks at a process
STARTING_PING, HEALTHY_PING, SICK_PING = 0.05, 2.0, 0.5  # seconds between two pings
STRIKES = 3  # bad pings before no more requests go there
GIVE_UP = 10  # bad pings before the instance is replaced
CRASHES = 5  # ends of the container before its first good ping: it will not come up
BACKOFF = 0.1  # seconds before it is started again, doubled by each crash
GRACE = 30.0  # seconds from SIGTERM to SIGKILL
LAST_ANSWERS = 60.0  # seconds that requests in flight get

State = Literal["starting", "ready", "sick", "draining", "ended"]


class Unfit(Exception):
    """The instance will not serve: with the text that the service puts into FailureReason."""


def unhealthy(variant: str) -> Unfit:
    return Unfit(
        f"The primary container for production variant {variant} did not pass the ping health check. Please check "
        "CloudWatch logs for this endpoint."
    )


@dataclass(frozen=True)
class Yard:
    """What all instances are made with. `pings` asks for health, and keeps no connection; `lines` takes what they say."""

    account: Account
    knobs: Knobs
    images: Images
    folder: Path
    pings: aiohttp.ClientSession
    lines: Lines


class Instance:
    """`run` lives as long as it. `in_flight` is kept by whoever sends requests. All on the loop's thread."""

    def __init__(self, region: str, endpoint: str, plan: VariantPlan, yard: Yard) -> None:
        self.name = f"i-0{secrets.token_hex(8)}"
        self.state: State = "starting"
        self.in_flight = 0
        self.port = 0
        self.process: Process | None = None
        self.folder = yard.folder / self.name
        self._region = region
        self._plan = plan
        self._yard = yard
        self._endpoint = endpoint
        self._log: Stream | None = None
        self._leaving = asyncio.Event()

    async def run(self) -> None:
        """From its launch until nothing of it is left. Raises Unfit where it never answered, or stopped answering."""
        stream = f"{self._plan.name}/{self.name}"
        self._log = await asyncio.to_thread(self._yard.lines.open, self._region, self._endpoint, stream)
        try:
            await self._fill()
            await self._serve()
        finally:
            self.state = "ended"
            await asyncio.shield(asyncio.to_thread(self._clear))

    async def drain(self) -> None:
        """No new requests; those in flight are answered; then it goes."""
        if self.state != "ended":
            self.state = "draining"
        await self._answered(self.process)
        self._leaving.set()

    def leave(self) -> None:
        """At once."""
        if self.state != "ended":
            self.state = "draining"
        self._leaving.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _fill(self) -> None:
        root = self.folder / "ml"
        s3 = self._yard.account.client("s3", self._region)

        def filled() -> None:
            layout.lay_out(root)
            data.fill(s3, self._plan.container, root, self._region)

        patience = self._yard.knobs.pace.starting(self._plan.download)
        try:
            await asyncio.wait_for(asyncio.to_thread(filled), patience)
        except data.DataError as error:
            raise Unfit(str(error)) from error
        except TimeoutError as error:
            raise Unfit(
                f"Model data for production variant {self._plan.name} was not downloaded within "
                f"{self._plan.download:.0f} seconds (ModelDataDownloadTimeoutInSeconds)."
            ) from error

    async def _serve(self) -> None:
        """The container, started again where it ends, as long as it may still come up."""
        pace, now = self._yard.knobs.pace, time.monotonic()
        patience = Patience(now + pace.scaled(self._plan.startup), now + pace.starting(self._plan.startup))
        crashes = 0
        while not self._leaving.is_set():
            self.process = await asyncio.to_thread(self._start)
            was_ready = await self._watch(self.process, patience)
            if self._leaving.is_set():
                await self._end(self.process)
                return
            await self._answered(self.process)
            await asyncio.to_thread(self.process.clear)
            self.process = None
            crashes += 1
            if was_ready or crashes >= CRASHES or time.monotonic() > patience.deadline:
                raise unhealthy(self._plan.name)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._leaving.wait(), BACKOFF * 2 ** (crashes - 1))

    def _start(self) -> Process:
        command = self._yard.images.command(self._plan.image)
        if command is None:
            raise Unfit(UNKNOWN.format(image=self._plan.image))
        root = self.folder / "ml"
        self.port = ports.free()
        env = layout.environment(self._plan, command, root, self._region, self._yard.account.url, self.port)
        try:
            return Process(layout.argv(command, root, self.port), root / "code", env, self._say)
        except OSError as error:
            raise Unfit(
                f"The container of production variant {self._plan.name} could not be started: {error}"
            ) from error

    async def _watch(self, process: Process, patience: Patience) -> bool:
        """Until the process ends, is given up, or shall leave. Whether it was ever ready. Raises Unfit once it is late."""
        was_ready, strikes, due = False, 0, 0.0
        while process.code() is None and not self._leaving.is_set():
            now = time.monotonic()
            if now >= due:
                pause, status = STARTING_PING, await self._pinged()
                if status == 200:
                    was_ready, strikes, pause = True, 0, HEALTHY_PING
                    self._stands("ready")
                elif was_ready:
                    strikes, pause = strikes + 1, SICK_PING
                    if strikes >= STRIKES:
                        self._stands("sick")
                    if strikes >= GIVE_UP:
                        break
                elif patience.out(now, status):
                    raise unhealthy(self._plan.name)
                due = time.monotonic() + pause
            await asyncio.sleep(LOOK)
        self._stands("starting")
        return was_ready

    def _stands(self, state: State) -> None:
        if self.state not in ("draining", "ended"):
            self.state = state

    def suspect(self) -> None:
        """Nobody accepted a connection: no requests until it answers the next ping."""
        if self.state == "ready":
            self.state = "sick"

    async def _pinged(self) -> int:
        """The status of the answer; 0: none."""
        try:
            async with self._yard.pings.get(
                f"{self.address}/ping",
                timeout=aiohttp.ClientTimeout(total=PING_PATIENCE),
            ) as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError, OSError):
            return 0

    async def _answered(self, process: Process | None) -> None:
        """Until nothing is in flight, as long as somebody is there who could answer."""
        deadline = time.monotonic() + LAST_ANSWERS
        while self.in_flight and time.monotonic() < deadline and process is not None and process.code() is None:
            await asyncio.sleep(LOOK)

    async def _end(self, process: Process) -> None:
        process.terminate()
        deadline = time.monotonic() + GRACE
        while process.code() is None and time.monotonic() < deadline:
            await asyncio.sleep(LOOK)

    def _clear(self) -> None:
        """The instance is gone, and its disk with it; its log stays."""
        if self.process is not None:
            self.process.clear()
        shutil.rmtree(self.folder, ignore_errors=True)
        if self._log is not None:
            self._yard.lines.close(self._log)

    def _say(self, line: str) -> None:
        if self._log is not None:
            self._log.say(line)
