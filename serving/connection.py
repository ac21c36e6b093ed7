"""One client's connection: bytes to requests, answers to bytes, and every limit that keeps a stranger from holding us up."""

from __future__ import annotations

import asyncio
from collections import deque
from functools import lru_cache
from http import HTTPStatus
from time import perf_counter
from typing import Any, Callable
from urllib.parse import quote, unquote

from tradewind.serving.errors import JSON, HttpError
from tradewind.serving.parser import MALFORMED, UPGRADE, new_parser

_HEAD_LIMIT = 32768
_MAX_HEADERS = 100
_PIPELINE = 4
_LINGER = 2.0
_NEVER = float("inf")


@lru_cache(maxsize=256)
def head(status: int, content_type: str) -> bytes:
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    return f"HTTP/1.1 {status} {phrase}\r\ncontent-type: {content_type}\r\n".encode("latin-1")


class Request:
    """A whole request. `gone` is called when its client goes away before the answer is finished."""

    __slots__ = (
        "body",
        "connection",
        "gone",
        "headers",
        "id",
        "keep_alive",
        "method",
        "minor",
        "path",
        "route",
        "started",
    )

    def __init__(self, connection: Connection, method: str, path: str, headers: dict[bytes, bytes]) -> None:
        self.connection = connection
        self.method = method
        self.path = path
        self.headers = headers
        self.body = b""
        self.minor = 1
        self.keep_alive = True
        self.started = 0.0
        self.id = ""
        self.route = "other"
        self.gone: Callable[[], None] | None = None

    def header(self, name: bytes) -> str:
        value = self.headers.get(name)
        return "" if value is None else value.decode("latin-1").strip()


class Connection(asyncio.Protocol):
    """`owner` is the Server: limits, open connections, whether it drains, and `dispatch(request)`."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner
        self._transport: Any = None
        self._parser: Any = None
        self._started = 0.0  # when the first byte of the request under way came; 0 between requests
        self._ready: deque[Request] = deque()
        self.active: Request | None = None
        self.deadline = _NEVER
        self._pumping = False
        self._paused = False  # reading
        self._failed: HttpError | None = None
        self._lingering = False
        self._closing = False
        self._wake_stream: Callable[[], None] | None = None
        self.write_paused = False
        self._begin()

    # -- what the loop tells us

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._parser = new_parser(self)
        self.deadline = self._owner.now() + self._owner.settings.header_timeout
        if not self._owner.joined(self):
            self._refuse(HttpError(503, "too many connections", retry_after=1))

    def connection_lost(self, _exc: Exception | None) -> None:
        self._closing = True
        self._owner.left(self)
        self._ready.clear()
        request, self.active = self.active, None
        self.write_paused = False
        self._resume_stream()
        if request is not None and request.gone is not None:
            request.gone()
        self._parser = None

    def data_received(self, data: bytes) -> None:
        if self._closing or self._lingering:
            return  # read and dropped, so that our answer is not lost in a reset
        if not self._started:
            self._started = perf_counter()
        self._wire += len(data)
        self._parse(data)
        if self._failed is None and self._started:
            self._count()
        if self._ready:
            self._pump()
        elif self._failed is not None and self.active is None:
            self._refuse(self._failed)

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self._parser.feed_data(data)
            except UPGRADE as upgrade:
                data = self._stay(data[upgrade.args[0] :])
            except MALFORMED as error:
                self._fail(HttpError(400, f"malformed request: {error}"))
                return
            else:
                return

    def _stay(self, rest: bytes) -> bytes:
        """A request asks for another protocol: we go on with this one, as RFC 9110 (7.8) allows. What is to be read now.

        httptools has skipped its body, so the request is read once more, without the header that asked.
        """
        if self._failed is not None or not self._ready:
            return b""
        asked = self._ready.pop()
        left_out = (b"upgrade", b"connection", b"http2-settings", b"expect")
        kept = b"".join(b"%b: %b\r\n" % pair for pair in asked.headers.items() if pair[0] not in left_out)
        close = b"" if asked.keep_alive else b"connection: close\r\n"
        line = f"{asked.method} {quote(asked.path)} HTTP/1.{asked.minor}\r\n".encode("ascii")
        self._parser = new_parser(self)
        self._started = asked.started
        return line + kept + close + b"\r\n" + rest

    def eof_received(self) -> bool:
        return False  # who stops sending is taken to be gone; what is written already is still sent

    def pause_writing(self) -> None:
        self.write_paused = True
        self.deadline = self._owner.now() + self._owner.settings.keep_alive

    def resume_writing(self) -> None:
        self.write_paused = False
        self.deadline = _NEVER if self.active else self._owner.now() + self._owner.settings.keep_alive
        self._resume_stream()
        if self.active is None and self._ready:
            self._pump()

    # -- what the parser tells us

    def _begin(self) -> None:
        self._started = 0.0
        self._url = b""
        self._headers: dict[bytes, bytes] = {}
        self._size = 0
        self._wire = 0  # bytes read for the message under way, but for those that came together with the one before
        self._in_body = False
        self._body: bytes | bytearray = b""

    def on_url(self, url: bytes) -> None:
        self._url += url
        if not self._started:  # it came together with the one before it
            self._started = perf_counter()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._size += len(name) + len(value)
        if self._size > _HEAD_LIMIT or len(self._headers) >= _MAX_HEADERS:
            self._fail(HttpError(431, f"the headers are longer than {_HEAD_LIMIT} bytes or more than {_MAX_HEADERS}"))
        elif not self._in_body:  # trailers are counted, then dropped
            name = name.lower()
            before = self._headers.get(name)
            self._headers[name] = value if before is None else before + b", " + value

    def on_headers_complete(self) -> None:
        self._in_body = True
        headers = self._headers
        coding = headers.get(b"transfer-encoding")
        if self._parser.get_http_version() not in ("1.1", "1.0"):
            self._fail(HttpError(400, "malformed request: only HTTP/1.1 and HTTP/1.0 are spoken here"))
        elif coding is not None and (coding.strip().lower() != b"chunked" or self._parser.get_http_version() == "1.0"):
            # httptools is more lenient, and a proxy before us may see another end of this message
            self._fail(HttpError(400, "malformed request: Transfer-Encoding is not exactly chunked"))
        limit = self._owner.settings.max_body
        length = headers.get(b"content-length")
        if length is not None and int(length) > limit:
            self._fail(HttpError(413, f"the body is {int(length)} bytes long; {limit} are allowed"))
        elif b"expect" in headers and headers[b"expect"].lower() == b"100-continue" and self._unasked:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, part: bytes) -> None:
        if self._failed is not None:
            return
        limit = self._owner.settings.max_body
        if len(self._body) + len(part) > limit:
            self._fail(HttpError(413, f"the body is longer than the {limit} bytes that are allowed"))
        elif not self._body:
            self._body = part
        else:  # one growing array: a list of the smallest chunks would take many times the body's size
            if not isinstance(self._body, bytearray):
                self._body = bytearray(self._body)
            self._body += part

    def on_message_complete(self) -> None:
        if self._failed is not None:
            return
        method = self._parser.get_method().decode("ascii")
        if method == "CONNECT":  # what follows it is no HTTP
            self._fail(HttpError(405, "CONNECT is not for this server"))
            return
        request = Request(self, method, _path(self._url), self._headers)
        request.body = bytes(self._body)
        request.keep_alive = self._parser.should_keep_alive() and _stays(self._headers.get(b"connection"))
        request.minor = 0 if self._parser.get_http_version() == "1.0" else 1
        request.started = self._started or perf_counter()
        self._ready.append(request)
        self._begin()

    def _count(self) -> None:
        """A message is under way: how much of it there may be, and by when it must be whole."""
        settings = self._owner.settings
        if not self._in_body:
            if self._wire > _HEAD_LIMIT:
                self._fail(HttpError(431, f"the headers are longer than {_HEAD_LIMIT} bytes"))
        elif self._wire > 8 * settings.max_body + 2 * _HEAD_LIMIT:  # one-byte chunks with long extensions
            self._fail(HttpError(413, "the body's chunks are unreasonable"))
        if self.active is None and not self._ready:
            allowed = settings.request_timeout if self._in_body else settings.header_timeout
            began = self._owner.now() - (perf_counter() - self._started)
            self.deadline = began + max(allowed, settings.header_timeout)

    @property
    def _unasked(self) -> bool:
        """Nothing else is being answered, so a word in between cannot be taken for part of another answer."""
        idle = self.active is None and not self._ready and self._failed is None
        return idle and self._parser.get_http_version() == "1.1"  # HTTP/1.0 knows no such answer

    def _fail(self, error: HttpError) -> None:
        if self._failed is None:
            self._failed = error
            self._body = b""

    # -- answering

    def _pump(self) -> None:
        """Dispatch what has been read, one after the other; answers given at once do not recurse."""
        if self._pumping:
            return
        self._pumping = True
        try:
            # who does not read the answers gets no more of them
            while self._ready and self.active is None and not (self._closing or self._lingering or self.write_paused):
                self.active = self._ready.popleft()
                self.deadline = _NEVER
                self._owner.dispatch(self.active)
        finally:
            self._pumping = False
        if self.active is None and not self._ready:
            if self._failed is not None:
                self._refuse(self._failed)
            elif not self._started and not self._closing:
                self.deadline = self._owner.now() + self._owner.settings.keep_alive
        if self._paused:
            if len(self._ready) < _PIPELINE and not self._closing:
                self._paused = False
                self._transport.resume_reading()
        elif len(self._ready) >= _PIPELINE:
            self._paused = True
            self._transport.pause_reading()

    def respond(
        self, request: Request, status: int, content_type: str, body: bytes, extra: tuple[tuple[str, str], ...] = ()
    ) -> None:
        """The whole answer in one write. Nothing happens when the client is gone."""
        if request is not self.active:
            return
        close = not request.keep_alive or self._last
        parts = [head(status, content_type), b"content-length: %d\r\n" % len(body)]
        self._more(parts, request, close, extra)
        if request.method != "HEAD":
            parts.append(body)
        self._transport.write(b"".join(parts))
        self.finish(request, close)

    @property
    def _last(self) -> bool:
        """While shutting down, a client is told to go once all that it has sent so far is answered."""
        return self._owner.draining and not self._ready and not self._started

    def _more(self, parts: list[bytes], request: Request, close: bool, extra: tuple[tuple[str, str], ...]) -> None:
        for name, value in extra:
            parts.append(f"{name}: {value}\r\n".encode("latin-1"))
        if request.id:
            parts.append(b"x-request-id: " + request.id.encode("latin-1") + b"\r\n")
        if close:
            parts.append(b"connection: close\r\n\r\n")
        elif not request.minor:
            parts.append(b"connection: keep-alive\r\n\r\n")
        else:
            parts.append(b"\r\n")

    def start(self, request: Request, content_type: str) -> bool:
        """Begin a streamed answer; false when the client is gone."""
        if request is not self.active:
            return False
        if not request.minor:
            request.keep_alive = False  # HTTP/1.0 knows the end only by the connection's end
        close = not request.keep_alive or self._last
        request.keep_alive = not close
        parts = [head(200, content_type), b"cache-control: no-cache\r\nx-accel-buffering: no\r\n"]
        if request.minor:
            parts.append(b"transfer-encoding: chunked\r\n")
        self._more(parts, request, close, ())
        self._transport.write(b"".join(parts))
        return True

    def chunk(self, request: Request, data: bytes) -> bool:
        """One part of a streamed answer; false when the client is gone."""
        if request is not self.active:
            return False
        if data:
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data) if request.minor else data)
        return True

    def end(self, request: Request, whole: bool = True) -> None:
        """The stream is over. Not whole: the connection is cut, so that nobody takes a part for all of it."""
        if request is not self.active:
            return
        if whole and request.minor:
            self._transport.write(b"0\r\n\r\n")
        self.finish(request, not whole or not request.keep_alive)

    def finish(self, request: Request, close: bool) -> None:
        self.active = None
        request.gone = None
        if close:
            self.close()
        elif self._ready or self._paused or self._failed is not None:
            self._pump()
        elif not self._pumping and not self._started:
            self.deadline = self._owner.now() + self._owner.settings.keep_alive

    def when_writable(self, call: Callable[[], None]) -> None:
        """Call once the client has read enough of what was written; at once if it has."""
        if self.write_paused:
            self._wake_stream = call
        else:
            call()

    def _resume_stream(self) -> None:
        call, self._wake_stream = self._wake_stream, None
        if call is not None:
            call()

    # -- ends

    def _refuse(self, error: HttpError) -> None:
        """Answer a request that was not read to its end, then read on for a moment so that the answer arrives."""
        if self._closing or self._lingering:
            return
        self._lingering = True
        self._ready.clear()
        extra = f"retry-after: {error.retry_after}\r\n" if error.retry_after else ""
        body = self._owner.error_body(error.kind, error.message)
        tail = f"content-length: {len(body)}\r\n{extra}connection: close\r\n\r\n".encode("ascii")
        self._owner.refused(error.status, perf_counter() - self._started if self._started else 0.0)
        if self._paused:
            self._transport.resume_reading()
        self._transport.write(head(error.status, JSON) + tail + body)
        self.deadline = self._owner.now() + _LINGER
        if self._transport.can_write_eof():
            self._transport.write_eof()

    @property
    def idle(self) -> bool:
        """Nothing asked, nothing half read."""
        return self.active is None and not self._started and not self._ready

    def overdue(self) -> None:
        """The sweeper's call: the deadline is past."""
        if self.active is not None or self.write_paused or self._closing:
            self.abort()  # an answer that nobody reads
        elif self._lingering or not self._started:
            self.close()
        else:
            self._refuse(HttpError(408, "the request was not sent in time"))

    def close(self) -> None:
        if not self._closing:
            self._closing = True
            self.deadline = (
                self._owner.now() + self._owner.settings.keep_alive
            )  # for the client to read what is written
            self._transport.close()

    def abort(self) -> None:
        self._closing = True
        self._transport.abort()


@lru_cache(maxsize=256)
def _path(url: bytes) -> str:
    target = url.split(b"?", 1)[0]
    if b"://" in target[:10]:  # absolute form, as proxies send it
        target = b"/" + target.split(b"://", 1)[1].partition(b"/")[2]
    text = target.decode("latin-1")
    return unquote(text) if "%" in text else text


@lru_cache(maxsize=64)
def _stays(connection: bytes | None) -> bool:
    """Whether this Connection header lets it stay open; httptools overlooks a `close` that is not the only word."""
    return connection is None or b"close" not in [word.strip() for word in connection.lower().split(b",")]
