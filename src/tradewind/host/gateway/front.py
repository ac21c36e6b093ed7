"""The public port: passes each request to a replica of the version whose turn it is, streaming both ways."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Final

import aiohttp
from aiohttp import web
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from tradewind.host.gateway.desk import Desk
from tradewind.host.gateway.keeper import Keeper
from tradewind.host.gateway.replica import Replica

SLOT_HEADER: Final = "X-Tradewind-Slot"
MISSING_HEADER: Final = "X-Tradewind-Missing"
VERSION_HEADER: Final = "X-Tradewind-Version"
BUFFERED = 1024 * 1024  # bytes of a request that are read before it is passed on, so that it can go to another replica
WHOLE = 256 * 1024  # bytes of an answer that are passed on in one piece
SLACK = 10.0  # seconds beyond the version's own timeout: its own 504 says more than ours
CONNECT = 2.0
SHADOWS = 64  # mirrored requests in flight; more are not copied
HOP_BY_HOP = frozenset(
    ("connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
     "transfer-encoding", "upgrade")
)  # fmt: skip
NOT_ADDED = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")


class TooLargeError(Exception):
    """The body outgrew the limit while it was passed on."""


class BrokenOffError(Exception):
    """The replica ended in the middle of its answer, of which a part has been passed on."""

    def __init__(self, answer: web.StreamResponse) -> None:
        super().__init__("the answer broke off")
        self.answer = answer


@contextmanager
def _counted(keeper: Keeper) -> Iterator[None]:
    """A request in flight, for scaling."""
    keeper.in_flight += 1
    try:
        yield
    finally:
        keeper.in_flight -= 1


class Front:
    def __init__(self, desk: Desk, client: aiohttp.ClientSession) -> None:
        self._desk = desk
        self._client = client
        self._shadows: set[asyncio.Task[None]] = set()

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        slot = request.headers.get(SLOT_HEADER)
        keeper = self._desk.route(slot) if slot else self._desk.pick()
        if slot and not self._desk.knows(slot):
            return _said(404, f"no version in slot {slot}", CIMultiDict({MISSING_HEADER: slot}))
        if keeper is None:
            return _unavailable(f"the version in slot {slot} is not ready" if slot else "no version is ready")
        if (request.content_length or 0) > self._desk.largest_body:
            return _too_large(self._desk.largest_body)
        with _counted(keeper):
            body = await self._body(request)
        if not slot:
            if not keeper.able:  # it went while a slow client was still sending
                keeper = self._desk.pick() or keeper
            self._copy(request, body)
        with _counted(keeper):
            return await self._serve(request, keeper, body)

    async def _body(self, request: web.BaseRequest) -> bytes | AsyncIterator[bytes] | None:
        """Small ones whole, so that they can go to another replica; None: there is none."""
        if not request.body_exists:
            return None
        length = request.content_length
        small = length is not None and length <= BUFFERED
        return await request.content.read() if small else _limited(request, self._desk.largest_body)

    async def _serve(
        self, request: web.BaseRequest, keeper: Keeper, body: bytes | AsyncIterator[bytes] | None
    ) -> web.StreamResponse:
        began = time.monotonic()
        status = 500
        try:
            answer = await self._forward(request, keeper, body)
            status = answer.status
            return answer
        except asyncio.CancelledError:
            status = 0  # the client left: no evidence against the version
            raise
        except BrokenOffError as broken:
            return broken.answer
        finally:
            if status and request.method not in ("GET", "HEAD", "OPTIONS"):
                now = time.monotonic()
                keeper.meter.count(now, now - began, error=status >= 500)

    async def _forward(
        self, request: web.BaseRequest, keeper: Keeper, body: bytes | AsyncIterator[bytes] | None
    ) -> web.StreamResponse:
        tried: Replica | None = None
        for _ in range(2):
            replica = keeper.pick(spare=tried)
            if replica is None:
                break
            replica.in_flight += 1
            try:
                return await self._pass(request, keeper, replica, body)
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):  # not a byte was sent
                replica.suspect()
                tried = replica
            except TooLargeError:
                return _too_large(self._desk.largest_body)
            except (TimeoutError, aiohttp.ServerTimeoutError):
                return _failed(504, "the version did not answer in time", keeper)
            except aiohttp.ClientError as error:
                return _failed(502, f"the version broke the connection ({type(error).__name__})", keeper)
            finally:
                replica.in_flight -= 1
        return _unavailable("no replica of the version accepts connections")

    async def _pass(
        self,
        request: web.BaseRequest,
        keeper: Keeper,
        replica: Replica,
        body: bytes | AsyncIterator[bytes] | None,
    ) -> web.StreamResponse:
        timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT, sock_read=keeper.fleet.timeout + SLACK)
        async with self._client.request(
            request.method,
            URL(f"http://127.0.0.1:{replica.port}{request.raw_path}", encoded=True),
            headers=_onward(request),
            data=body,
            allow_redirects=False,
            timeout=timeout,
            skip_auto_headers=NOT_ADDED,
        ) as answer:
            headers = _back(answer.headers, keeper)
            if request.method != "HEAD" and 0 <= _length(answer) <= WHOLE:
                whole = await answer.read()
                headers.popall("Content-Length", None)
                return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=whole)
            return await self._stream(request, answer, headers)

    async def _stream(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse, headers: CIMultiDict[str]
    ) -> web.StreamResponse:
        out = web.StreamResponse(status=answer.status, reason=answer.reason, headers=headers)
        await out.prepare(request)
        try:
            async for chunk in answer.content.iter_any():
                await out.write(chunk)
        except ConnectionResetError:  # the client left
            return out
        except (aiohttp.ClientError, TimeoutError):
            if request.transport is not None:
                request.transport.abort()  # half an answer must not look like a whole one
            out.force_close()
            raise BrokenOffError(out) from None
        await out.write_eof()
        return out

    def _copy(self, request: web.BaseRequest, body: bytes | AsyncIterator[bytes] | None) -> None:
        if isinstance(body, AsyncIterator) or request.method != "POST":
            return
        for keeper in self._desk.mirrors():
            if len(self._shadows) < SHADOWS:
                shadow = asyncio.create_task(
                    self._shadow(request.method, request.raw_path, _onward(request), body, keeper)
                )
                self._shadows.add(shadow)
                shadow.add_done_callback(self._shadows.discard)

    async def _shadow(
        self, method: str, path: str, headers: CIMultiDict[str], body: bytes | None, keeper: Keeper
    ) -> None:
        """Its answer is counted and thrown away."""
        replica = keeper.pick()
        if replica is None:
            return
        began = time.monotonic()
        url = URL(f"http://127.0.0.1:{replica.port}{path}", encoded=True)
        timeout = aiohttp.ClientTimeout(total=keeper.fleet.timeout + SLACK)
        replica.in_flight += 1
        keeper.in_flight += 1
        try:
            async with self._client.request(
                method, url, headers=headers, data=body, timeout=timeout, skip_auto_headers=NOT_ADDED
            ) as answer:
                await answer.read()
                error = answer.status >= 500
        except (aiohttp.ClientError, TimeoutError):
            error = True
        finally:
            replica.in_flight -= 1
            keeper.in_flight -= 1
        now = time.monotonic()
        keeper.meter.count(now, now - began, error=error)


def _length(answer: aiohttp.ClientResponse) -> int:
    """Of the body that follows; -1 where it is not said. 204 and 304 have none."""
    if answer.status in (204, 304):
        return 0
    return -1 if answer.content_length is None else answer.content_length


async def _limited(request: web.BaseRequest, limit: int) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in request.content.iter_any():
        size += len(chunk)
        if size > limit:
            raise TooLargeError
        yield chunk


def _named(headers: CIMultiDictProxy[str]) -> set[str]:
    """Headers that `Connection:` declares as meant for the next hop only."""
    return {name.strip().lower() for value in headers.getall("Connection", ()) for name in value.split(",")}


def _onward(request: web.BaseRequest) -> CIMultiDict[str]:
    dropped = HOP_BY_HOP | _named(request.headers) | {SLOT_HEADER.lower(), "expect"}
    headers = CIMultiDict((name, value) for name, value in request.headers.items() if name.lower() not in dropped)
    if request.remote:
        headers.add("X-Forwarded-For", request.remote)
    headers.setdefault("X-Forwarded-Host", request.host)
    headers.setdefault("X-Forwarded-Proto", "http")
    return headers


def _back(theirs: CIMultiDictProxy[str], keeper: Keeper) -> CIMultiDict[str]:
    dropped = HOP_BY_HOP | _named(theirs)
    headers = CIMultiDict((name, value) for name, value in theirs.items() if name.lower() not in dropped)
    return _signed(headers, keeper)


def _signed(headers: CIMultiDict[str], keeper: Keeper) -> CIMultiDict[str]:
    headers[SLOT_HEADER] = keeper.fleet.slot
    headers[VERSION_HEADER] = keeper.fleet.digest
    return headers


def _said(status: int, text: str, headers: CIMultiDict[str]) -> web.Response:
    body = json.dumps({"error": text}).encode()
    return web.Response(status=status, body=body, content_type="application/json", headers=headers)


def _failed(status: int, text: str, keeper: Keeper) -> web.Response:
    return _said(status, text, _signed(CIMultiDict(), keeper))


def _unavailable(text: str) -> web.Response:
    return _said(503, text, CIMultiDict({"Retry-After": "1"}))


def _too_large(limit: int) -> web.Response:
    return _said(413, f"the body is larger than {limit} bytes (serve.request.max_body)", CIMultiDict())
