"""The listening socket, the loop, and the life of the process: load, serve, drain, end."""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import replace
from typing import Any

from tradewind.serving import failure, frameworks, leash, preparing
from tradewind.serving import handler as handlers
from tradewind.serving.app import App, error_body
from tradewind.serving.connection import Connection, Request
from tradewind.serving.errors import StartError
from tradewind.serving.handler import Model
from tradewind.serving.logs import Log
from tradewind.serving.metrics import Metrics
from tradewind.serving.settings import Settings
from tradewind.serving.workers import Workers

_BACKLOG = 1024
# Connections past the limit that are still told so, and descriptors kept for the model and for ourselves.
_ROOM_FOR_NO, _SPARE = 64, 128
# How long a connection on which nothing is asked stays open while we end, so that a request on its way still finds us.
_IDLE_LINGER = 1.0
_SWEEP = 0.25
# The most that taking in those who wait at the door may last.
_LET_IN = 1.0


def listen(settings: Settings) -> socket.socket:
    """The inherited socket, or a new one. Raises StartError when the address cannot be had."""
    try:
        if settings.fd is not None:
            found = socket.socket(fileno=settings.fd)
            found.setblocking(False)
            return found
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((settings.host, settings.port))
        made.listen(_BACKLOG)
        made.setblocking(False)
        return made
    except OSError as error:
        where = f"TW_FD={settings.fd}" if settings.fd is not None else f"{settings.host}:{settings.port}"
        raise StartError(f"cannot listen on {where}: {error.strerror or error}") from None


def within_limits(settings: Settings, log: Log) -> Settings:
    """As many connections as there are descriptors for, of which we ask for more first: without any left, health is mute."""
    wanted = settings.max_connections + _ROOM_FOR_NO + _SPARE
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(OSError, ValueError):  # some kernels allow less than they say
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return settings
    room = max(1, soft - _ROOM_FOR_NO - _SPARE)
    log.event(
        "warning", f"{room} connections at once instead of {settings.max_connections}: {soft} open files are allowed"
    )
    return replace(settings, max_connections=room)


class Server:
    """What connections know of the whole: limits, who is here, and where requests go."""

    error_body = staticmethod(error_body)

    def __init__(self, settings: Settings, log: Log, loop: asyncio.AbstractEventLoop) -> None:
        self.settings = settings
        self.now = loop.time
        self.draining = False
        self._log = log
        self._loop = loop
        self._workers = Workers(loop, settings.concurrency)
        self._metrics = Metrics()
        self.app = App(settings, log, self._metrics, self._workers, loop)
        self.dispatch = self.app.dispatch
        self._connections: set[Connection] = set()
        self._stop = asyncio.Event()
        self._ended = 0.0
        self._metrics.gauge("tradewind_connections", "Open connections.", lambda: len(self._connections))

    # -- connections

    def joined(self, connection: Connection) -> bool:
        self._connections.add(connection)
        if len(self._connections) > self.settings.max_connections + _ROOM_FOR_NO:
            connection.abort()
        return len(self._connections) <= self.settings.max_connections

    def left(self, connection: Connection) -> None:
        self._connections.discard(connection)

    def refused(self, status: int, seconds: float) -> None:
        self._metrics.seen("other", status, seconds)
        if self.settings.access_log and self._log.access("-", "-", status, seconds, 0, ""):
            self._loop.call_later(0.1, self._log.flush)

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(_SWEEP)
            now = self.now()
            for connection in list(self._connections):
                if connection.deadline < now:
                    connection.overdue()

    # -- life

    def stop(self, name: str) -> None:
        if self._stop.is_set():
            self._log.event("warning", f"{name} again: ending at once")
            self._log.flush()
            os._exit(1)
        self._log.event("info", f"{name}: finishing what is in flight", in_flight=self.app.gate.inside)
        self._stop.set()

    async def serve(self, sock: socket.socket) -> None:
        """From an open port to the end of the last answer. Raises StartError or what the handler's load raised."""
        loop = self._loop
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop, signal.Signals(number).name)
        listener = await loop.create_server(lambda: Connection(self), sock=sock, backlog=_BACKLOG)
        sweepers = [loop.create_task(self._sweep())]
        if self.settings.leash:
            sweepers.append(loop.create_task(self._leashed()))
        address = sock.getsockname()
        self._log.event("info", "listening", host=address[0], port=address[1], loop=type(loop).__module__)
        try:
            await self._load()
            await self._stop.wait()
            await self._drain(listener, sock)
        finally:
            for sweeper in sweepers:
                sweeper.cancel()

    async def _leashed(self) -> None:
        await leash.nobody_left(self.settings.leash, self.settings.leash_linger)
        self.stop("nobody is left who uses this server")

    async def _load(self) -> None:
        """Load the model while health says 503; a stop in between does not wait for it."""
        started = time.perf_counter()
        loading = self._loop.create_task(self._model())
        stopping = self._loop.create_task(self._stop.wait())
        await asyncio.wait([loading, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not loading.done():
            loading.cancel()
            return
        stopping.cancel()
        model = loading.result()
        self.app.load_seconds = time.perf_counter() - started
        self.app.model = model
        self._log.event("info", "ready", model=model.name, load_seconds=round(self.app.load_seconds, 3))

    async def _model(self) -> Model:
        settings, run = self.settings, self._workers.run
        await run(preparing.prepare, settings, self._log)
        if settings.handler:
            return await handlers.load(settings.handler, settings.code_dir, settings.model_dir, self._raw, run)
        model: Model = await run(self._built_in)
        return model

    def _built_in(self) -> Model:
        return frameworks.load(self.settings.model_dir, self.settings.framework, self.settings.method, self._warn)

    def _raw(self) -> Any | None:
        """The model itself, for a handler that has only `predict`; None where there is no model folder at all."""
        return getattr(self._built_in(), "estimator", None) if self.settings.model_dir else None

    def _warn(self, message: str) -> None:
        self._log.event("warning", message)

    async def _let_in(self, sock: socket.socket) -> None:
        """Take in whoever the kernel has let in already, then have it let in nobody. To be closed right after.

        A short backlog while many wait would lose handshakes that a client believes to be done, so it comes second.
        """
        until = self.now() + _LET_IN
        own = socket.fromfd(sock.fileno(), sock.family, sock.type)
        waiting = select.poll()  # select() knows no descriptor past 1023
        waiting.register(own, select.POLLIN)
        try:
            for backlog in (None, 0):
                if backlog is not None:
                    own.listen(backlog)
                await asyncio.sleep(0.005)
                while waiting.poll(0) and self.now() < until:
                    await asyncio.sleep(0.001)
        finally:
            own.close()

    async def _drain(self, listener: Any, sock: socket.socket) -> None:
        began = self.now()
        last = began + max(
            0.0, self.settings.grace - min(1.0, self.settings.grace / 4)
        )  # the rest is for ending itself
        self.draining = self.app.draining = True
        await self._let_in(sock)
        listener.close()
        linger = min(began + _IDLE_LINGER, last)
        while self._connections and self.now() < last:
            if self.now() >= linger:
                for connection in list(self._connections):
                    if connection.idle:
                        connection.close()
            await asyncio.sleep(0.01)
        cut = sum(1 for connection in self._connections if connection.active is not None)
        if cut:
            self._log.event("error", "the time to finish is over: requests were cut", requests=cut)
        for connection in list(self._connections):
            connection.abort()
        await asyncio.sleep(0)


def new_loop() -> asyncio.AbstractEventLoop:
    """uvloop's where it is installed; TW_PURE_PYTHON=1 leaves all compiled helpers out."""
    if os.environ.get("TW_PURE_PYTHON"):
        return asyncio.new_event_loop()
    try:
        import uvloop
    except ImportError:
        return asyncio.new_event_loop()
    loop: asyncio.AbstractEventLoop = uvloop.new_event_loop()
    return loop


def run(settings: Settings, log: Log) -> int:
    """Serve until told to stop; the process's exit code."""
    loop = new_loop()
    asyncio.set_event_loop(loop)

    async def main() -> None:
        await Server(within_limits(settings, log), log, loop).serve(listen(settings))

    try:
        loop.run_until_complete(main())
    except StartError as error:
        log.event("error", f"cannot start: {error}")
        failure.tell(str(error))
        return 1
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a handler's load may raise anything, sys.exit() too
        log.failure("cannot start: loading the model failed", error)
        log.event("error", f"cannot start: {type(error).__name__}: {error}")
        failure.tell(f"{type(error).__name__}: {error}")
        return 1
    log.event("info", "ended")
    return 0


def end(code: int, log: Log) -> None:
    """Leave without waiting for threads: a handler that never returns must not keep the process alive."""
    log.flush()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


__all__ = ["Request", "Server", "end", "listen", "run"]
