"""One replica: a process, its port, whether it answers, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import aiohttp

from tradewind.host import ports
from tradewind.host.limits import confine, over_memory
from tradewind.host.log_reader import ENDED
from tradewind.host.log_writer import LogWriter
from tradewind.host.prepare import Prepared, applied
from tradewind.host.processes import MARK, OPEN, Leash, gated, kill_group, kill_marked, plain_environment
from tradewind.host.unpack import as_folder, present
from tradewind.host.wish import Fleet

REPLICA_MARK = "TRADEWIND_REPLICA"
STARTING_LOOK = 0.1  # seconds between looks at one that starts
HEALTHY_LOOK = 2.0  # seconds between looks at one that answers
SICK_LOOK = 0.5
PATIENCE = 5.0  # seconds for an answer to a health question
STRIKES = 3  # unanswered questions before no traffic goes there
GIVE_UP = 60.0  # seconds of sickness before it is ended and replaced
MEMORY_LOOK = 2.0

State = Literal["starting", "ready", "sick", "draining", "ended"]


class Replica:
    """`run` lives as long as the process. `in_flight` is kept by whoever sends requests."""

    def __init__(
        self, fleet: Fleet, prepared: Prepared | None, secrets: Mapping[str, str], name: str, folder: Path
    ) -> None:
        self.fleet = fleet
        self.name = name
        self.state: State = "starting"
        self.in_flight = 0
        self.was_ready = False
        self.ready_at = 0.0
        self.why = ""  # it was ended by us
        self.port = ports.free()
        self._prepared = prepared
        self._secrets = secrets
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    async def run(self, client: aiohttp.ClientSession, log: LogWriter) -> None:
        """Start it and stay until it has ended, with all that it started. HostError, OSError: it could not be started."""
        if self.why:  # no longer wanted
            return
        process, pumps, gate = await self._spawn(log)
        self._process = process
        watch: asyncio.Task[None] | None = None
        leash: Leash | None = None
        try:
            leash = Leash(process.pid)
            confine(process.pid, self.fleet.limits)
            watch = asyncio.create_task(self._watch(client, log, process.pid))
            with contextlib.suppress(BrokenPipeError):
                os.write(gate, b"" if self.why else OPEN)
            os.close(gate)
            code = await process.wait()
        finally:
            self.state = "ended"
            kill_group(process.pid)
            if watch is not None:
                watch.cancel()
            if leash is not None:
                leash.drop()
        await asyncio.to_thread(kill_marked, self._mark, REPLICA_MARK)  # those that left the group
        _, open_still = await asyncio.wait(pumps, timeout=2)
        for pump in open_still:
            pump.cancel()
        if self.why or code != 0:
            log.say(self.name, f"{ENDED}{self.why or _how(code)}")

    async def drain(self) -> None:
        """No new requests; those in flight end; then SIGTERM, grace, SIGKILL."""
        self.state = "draining"
        deadline = time.monotonic() + self.fleet.timeout
        while self.in_flight and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        await self.end("drained")

    async def end(self, why: str) -> None:
        process = self._process
        self.why = self.why or why
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), self.fleet.grace)
        except TimeoutError:
            kill_group(process.pid)

    @property
    def _mark(self) -> str:
        return f"{self._folder}/{self.name}:{self.port}"

    async def _spawn(self, log: LogWriter) -> tuple[asyncio.subprocess.Process, list[asyncio.Task[None]], int]:
        """The process behind its gate, the readers of its output, and what opens the gate."""
        python = self._prepared.python if self._prepared else ""
        code = self._prepared.code if self._prepared and self._prepared.code else str(self._folder)
        said = {"{python}": python, "{port}": str(self.port), "{code}": code}
        env = {**plain_environment(os.environ), **self.fleet.env, **self._secrets}
        env.update({name: fill(value, said) for name, value in self.fleet.places.items()})
        for variable, uri in self.fleet.inputs.items():
            env[variable] = str(as_folder(present(uri), self._folder / "inputs" / _plain(self.fleet) / variable))
        env.update({MARK: str(self._folder), REPLICA_MARK: self._mark, "PYTHONUNBUFFERED": "1"})
        if self._prepared:
            env.update(applied(self._prepared, env))
        # Pipes of our own: asyncio's would make its `wait` wait for whatever else holds them.
        pipes = [os.pipe() for _ in range(2)]
        ours, gate = os.pipe()
        try:
            process = await asyncio.create_subprocess_exec(
                *gated([fill(part, said) for part in self.fleet.argv]),
                cwd=code,
                env=env,
                stdin=ours,
                stdout=pipes[0][1],
                stderr=pipes[1][1],
                start_new_session=True,
            )
        except BaseException:
            for held in (gate, *(reader for reader, _ in pipes)):
                os.close(held)
            raise
        finally:
            for held in (ours, *(writer for _, writer in pipes)):
                os.close(held)
        return process, [asyncio.create_task(_pump(reader, log, self.name)) for reader, _ in pipes], gate

    async def _watch(self, client: aiohttp.ClientSession, log: LogWriter, pid: int) -> None:
        strikes, sick_since, memory_at = 0, 0.0, time.monotonic()
        while True:
            well = await self._asked(client)
            now = time.monotonic()
            if self.state in ("draining", "ended"):
                return
            if well:
                strikes = 0
                self._ready(now)
            elif self.was_ready:
                strikes += 1
                if strikes == STRIKES:
                    sick_since = now
                    self.state = "sick"
                    log.say(self.name, f"no traffic: {self.fleet.ready_path} did not answer {STRIKES} times")
                elif strikes > STRIKES and now - sick_since > GIVE_UP:
                    await self.end(f"sick for {GIVE_UP:g} s")
                    return
            if now >= memory_at:
                memory_at = now + MEMORY_LOOK
                over = await asyncio.to_thread(over_memory, pid, self.fleet.limits) if self.fleet.limits.memory else ""
                if over:
                    self.why = over
                    kill_group(pid)
                    return
            await asyncio.sleep(_pause(self.state, strikes))

    def _ready(self, now: float) -> None:
        if self.state != "ready":
            self.state = "ready"
            self.ready_at = now
        self.was_ready = True

    def suspect(self) -> None:
        """A connection was refused: no traffic until it answers the next health question."""
        if self.state == "ready":
            self.state = "sick"

    async def _asked(self, client: aiohttp.ClientSession) -> bool:
        try:
            async with client.get(
                f"http://127.0.0.1:{self.port}{self.fleet.ready_path}",
                timeout=aiohttp.ClientTimeout(total=PATIENCE),
            ) as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError, OSError):
            return False


def _pause(state: State, strikes: int) -> float:
    if state == "starting":
        return STARTING_LOOK
    return HEALTHY_LOOK if state == "ready" and not strikes else SICK_LOOK


async def _pump(handle: int, log: LogWriter, source: str) -> None:
    """Until the last holder of the other end is gone."""
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    transport, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(handle, "rb", buffering=0)
    )
    try:
        while data := await reader.read(65536):
            log.feed(source, data)
    finally:
        log.end(source)
        transport.close()


def _plain(fleet: Fleet) -> str:
    """A folder's name for this version: the slot's next one may bring another file."""
    return re.sub(r"[^A-Za-z0-9]", "-", f"{fleet.slot}-{fleet.digest}")[:100]


def _how(code: int) -> str:
    return f"exit code {code}" if code > 0 else f"killed by {signal.Signals(-code).name}"


def fill(text: str, said: Mapping[str, str]) -> str:
    for name, value in said.items():
        text = text.replace(name, value)
    return text
