"""The emulator's port: HTTP on an event loop, with connections kept; calls are answered there or in threads, by the front."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import tempfile
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import IO, Any, TypeVar

from aiohttp import web
from moto.moto_server import werkzeug_app
from multidict import CIMultiDict
from werkzeug.serving import WSGIRequestHandler

from tradewind.sandbox.aws.front import LostAnswer

LOOPBACK = "127.0.0.1"
BACKLOG = 1024
THREADS = 256  # a call that is answered in one may itself call, so there are many
SPOOLED = 16 * 1024 * 1024  # bytes of a request in memory; the rest of it is on disk
LONGEST_LINE = 64 * 1024  # bytes of a request line or header: presigned addresses are long
KEPT_OPEN = 75.0  # seconds that an idle connection stays
LAST_ANSWERS = 2.0  # seconds for answers under way at the end
T = TypeVar("T")
App = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
Quick = Callable[[web.BaseRequest], Awaitable[web.StreamResponse | None]]


class Loop:
    """An event loop in a thread of its own."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="loop", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """From another thread: to its end."""
        return asyncio.run_coroutine_threadsafe(work, self.loop).result()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()


class Listener:
    """`quick` is asked first, on the loop (None: not mine), then the WSGI application, in a thread."""

    def __init__(self, listening: socket.socket, quick: Quick, app: App) -> None:
        self._socket = listening
        self._quick = quick
        self._app = app
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="call")
        self._runner: web.ServerRunner | None = None

    async def start(self) -> None:
        server = web.Server(
            self._handle,
            access_log=None,
            auto_decompress=False,
            max_line_size=LONGEST_LINE,
            max_field_size=LONGEST_LINE,
            keepalive_timeout=KEPT_OPEN,
        )
        self._runner = web.ServerRunner(server)
        await self._runner.setup()
        await web.SockSite(self._runner, self._socket, backlog=BACKLOG, shutdown_timeout=LAST_ANSWERS).start()

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            answer = await self._quick(request)
            return await self._answered(request) if answer is None else answer
        except LostAnswer:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()

    async def _answered(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.headers.get("Expect", "").lower() == "100-continue":
            await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            request.writer.output_size = 0
        with tempfile.SpooledTemporaryFile(SPOOLED) as body:
            size = 0
            async for chunk in request.content.iter_any():
                size += len(chunk)
                body.write(chunk)
            body.seek(0)
            environ = _environ(request, body, size)
            called = await asyncio.get_running_loop().run_in_executor(self._pool, _called, self._app, environ)
        return await _sent(request, *called)


class _Environ(getattr(werkzeug_app, "MotoRequestHandler", WSGIRequestHandler)):  # type: ignore[misc]
    """Only for what moto and werkzeug make of a request; it handles none."""

    server_version = "tradewind-sandbox"

    def __init__(self, request: web.BaseRequest, body: IO[bytes]) -> None:
        self.path = request.raw_path
        self.command = request.method
        self.headers = SimpleNamespace(items=request.headers.items, keys=request.headers.keys, get=request.headers.get)
        self.client_address = (LOOPBACK, 0)
        self.request_version = "HTTP/1.1"
        self.rfile = body
        self.connection = None
        self.server = SimpleNamespace(
            ssl_context=None,
            multithread=True,
            multiprocess=False,
            server_address=(LOOPBACK, 0),
            _server_version="tradewind",
        )


def _environ(request: web.BaseRequest, body: IO[bytes], size: int) -> dict[str, Any]:
    environ: dict[str, Any] = _Environ(request, body).make_environ()
    if environ.pop("HTTP_TRANSFER_ENCODING", None) is not None:  # it came in chunks, and lies whole in the body now
        environ.pop("wsgi.input_terminated", None)
    environ["wsgi.input"] = body
    if request.body_exists or size:
        environ["CONTENT_LENGTH"] = str(size)
    return environ


def _called(app: App, environ: dict[str, Any]) -> tuple[int, list[tuple[str, str]], list[bytes]]:
    told: list[Any] = []

    def answer(status: str, headers: list[tuple[str, str]], _: Any = None) -> None:
        told[:] = [int(status.partition(" ")[0]), headers]

    body = app(environ, answer)
    try:
        parts = [part for part in body if part]
    finally:
        if (close := getattr(body, "close", None)) is not None:
            close()
    status, headers = told
    return status, headers, parts


async def _sent(
    request: web.BaseRequest, status: int, headers: list[tuple[str, str]], parts: list[bytes]
) -> web.StreamResponse:
    kept = CIMultiDict(
        (name, str(value)) for name, value in headers if name.lower() not in ("connection", "transfer-encoding")
    )
    bare = request.method == "HEAD" or status in (204, 304) or status < 200
    if not bare:
        kept["Content-Length"] = str(sum(len(part) for part in parts))
    answer = web.StreamResponse(status=status, headers=kept)
    with contextlib.suppress(ConnectionResetError):  # the client left
        await answer.prepare(request)
        for part in () if bare else parts:
            await answer.write(part)
        await answer.write_eof()
    return answer
