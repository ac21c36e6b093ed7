"""A proxy on loopback between a program and an emulated AWS, which misbehaves as networks and services do.

`with Proxy(upstream, Chaos(seed)) as proxy:` and point AWS_ENDPOINT_URL at `proxy.url`. It knows each call by service and
operation, as botocore wrote them, answers faults in the service's own protocol, and tells afterwards what it did.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable
from types import TracebackType
from typing import Any

import aiohttp
from aiohttp import web
from yarl import URL

from tests.faults.answers import Spoken, refusal
from tests.faults.calls import Call, call_of
from tests.faults.plans import Fault, Plan

HOP = {"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "proxy-authorization", "expect"}
FOR_EVER = aiohttp.ClientTimeout(total=None)


class Proxy:
    """`calls` in the order of their arrival; `fired` counts the faults by name."""

    def __init__(self, upstream: str, plan: Plan | None = None, *, latency: float = 0.0) -> None:
        self.url = ""
        self.plan = plan
        self.calls: list[Call] = []
        self.fired: Counter[str] = Counter()
        self.latency = latency  # seconds, added to every call
        self._upstream = upstream.rstrip("/")
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="faulty-proxy", daemon=True)

    def __enter__(self) -> Proxy:
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._over.set)
        self._thread.join(10)

    def count(self, chosen: Callable[[Call], bool] = lambda call: True) -> int:
        return sum(1 for call in self.calls if chosen(call))

    def named(self, *operations: str) -> list[Call]:
        return [call for call in self.calls if call.operation in operations]

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._over = asyncio.Event()
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(app, access_log=None, handler_cancellation=False, shutdown_timeout=0.1)
        await runner.setup()
        sock = socket.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(("127.0.0.1", 0))
        await web.SockSite(runner, sock, backlog=512).start()
        connector = aiohttp.TCPConnector(limit=0)
        self._client = aiohttp.ClientSession(connector=connector, auto_decompress=False, timeout=FOR_EVER)
        self.url = f"http://127.0.0.1:{sock.getsockname()[1]}"
        self._ready.set()
        await self._over.wait()
        await self._client.close()
        await runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        call = call_of(len(self.calls) + 1, request.method, request.raw_path, request.headers, body)
        self.calls.append(call)
        fault = self.plan.fault(call) if self.plan else Fault.NONE
        delay = self.latency
        if fault is Fault.SLOW:
            self.fired[fault.value] += 1
            delay += 0.3
        if delay:
            await asyncio.sleep(delay)
        if fault in (Fault.THROTTLE, Fault.INTERNAL, Fault.UNAVAILABLE):
            self.fired[fault.value] += 1
            return _answer(refusal(call, fault))
        if fault is Fault.RESET_BEFORE:
            return self._reset(request, fault)
        answer = await self._passed_on(request, body)
        if self.plan:
            self.plan.answered(call)
        if fault is Fault.RESET_AFTER:
            answer.release()
            return self._reset(request, fault)
        if fault is Fault.CUT:
            whole = await answer.read()
            if not whole:
                return self._reset(request, Fault.RESET_AFTER)
            self.fired[fault.value] += 1
            return _answer(Spoken(answer.status, whole[: len(whole) // 2], dict(_kept(answer.headers))))
        return await self._streamed(request, answer)

    def _reset(self, request: web.Request, fault: Fault) -> web.StreamResponse:
        """RST, as a load balancer that lost its other side does."""
        self.fired[fault.value] += 1
        assert request.transport is not None
        sock: Any = request.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.transport.abort()
        return web.Response()

    async def _passed_on(self, request: web.Request, body: bytes) -> aiohttp.ClientResponse:
        url = URL(self._upstream + request.raw_path, encoded=True)
        return await self._client.request(
            request.method,
            url,
            headers=_kept(request.headers),
            data=body or None,
            allow_redirects=False,
            skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
        )

    async def _streamed(self, request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
        """Piece by piece, for answers that come so."""
        said = web.StreamResponse(status=answer.status, reason=answer.reason, headers=_kept(answer.headers))
        try:
            await said.prepare(request)
            async for piece in answer.content.iter_any():
                await said.write(piece)
            await said.write_eof()
        except (ConnectionError, aiohttp.ClientError):  # either side went away: nothing to say to the other
            if request.transport is not None:
                request.transport.abort()
        finally:
            answer.release()
        return said


def _kept(headers: Any) -> list[tuple[str, str]]:
    return [(name, value) for name, value in headers.items() if name.lower() not in HOP]


def _answer(spoken: Spoken) -> web.Response:
    headers = {name: value for name, value in spoken.headers.items() if name.lower() not in ("content-length", *HOP)}
    return web.Response(status=spoken.status, body=spoken.body, headers=headers)
