"""Answers that come piece by piece from a generator: as server-sent events, NDJSON or bytes, at the pace of the reader."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Iterable

from tradewind.serving import answers
from tradewind.serving.errors import HttpError
from tradewind.serving.handler import Context

if TYPE_CHECKING:
    from tradewind.serving.calls import Call, Caller

# Pieces that a thread may be ahead of the client.
_AHEAD = 16
_END = object()


def is_stream(value: Any) -> bool:
    return hasattr(value, "__next__")


def wished(accept: str, wrapped: bool) -> str:
    """How to send a stream: EVENTS, NDJSON, TEXT, BYTES, JSON (gathered into one answer), or "" for by the first piece."""
    named = [kind for kind, weight in answers.accepted(accept) if weight > 0]
    for kind in named:
        if kind in (answers.EVENTS, answers.NDJSON, answers.JSON, answers.TEXT, answers.BYTES):
            return kind
    if named and not any(kind.endswith("/*") for kind in named):
        return "" if any(kind.split("/")[0] in ("image", "audio", "video") for kind in named) else answers.JSON
    # whoever sends {"instances": ...} waits for one {"predictions": ...}
    return answers.JSON if wrapped else ""


class Style:
    """How each piece is written, settled by what the caller wishes and what the first piece is."""

    def __init__(self, wish: str, first: Any, context: Context) -> None:
        binary = isinstance(first, (bytes, bytearray, memoryview))
        if wish == "":
            wish = answers.BYTES if binary or context.media_type else answers.NDJSON
        elif wish in (answers.BYTES, answers.TEXT) and not (binary or isinstance(first, str)):
            wish = answers.NDJSON
        self._wish = wish
        kind = {answers.EVENTS: "text/event-stream; charset=utf-8", answers.TEXT: "text/plain; charset=utf-8"}.get(
            wish, wish
        )
        self.content_type = (wish == answers.BYTES and answers.sendable(context.media_type)) or kind

    def piece(self, value: Any) -> bytes:
        if self._wish == answers.EVENTS:
            return answers.event(value)
        if self._wish == answers.NDJSON:
            return answers.line(value)
        if isinstance(value, str):
            return value.encode("utf-8", "backslashreplace")
        if isinstance(value, (bytes, bytearray, memoryview)):
            return bytes(value)
        return answers.line(value)

    def failure(self, message: str) -> bytes:
        """What tells a reader in its own format that the rest is missing; bytes have no room for it."""
        said = {"error": {"type": "handler_error", "message": message}}
        if self._wish == answers.EVENTS:
            return answers.event(said, "error")
        return answers.line(said) if self._wish == answers.NDJSON else b""


class Stream:
    """The loop's side of a streamed answer."""

    def __init__(self, caller: Caller, call: Call) -> None:
        self._caller = caller
        self._call = call
        self.begun = False
        self.sent = 0
        self.last = 0.0
        self.left = False
        self._room = threading.Semaphore(_AHEAD)

    def begin(self, style: Style) -> None:
        self.begun = True
        self.last = self._caller.loop.time()
        if self._call.over or not self._call.request.connection.start(self._call.request, style.content_type):
            self.leave()

    def send(self, data: bytes) -> None:
        """Write a piece, and give its room back when the client has read enough."""
        self.last = self._caller.loop.time()
        self.sent += len(data)
        connection = self._call.request.connection
        if self.left or self._call.over or not connection.chunk(self._call.request, data):
            self.leave()
        else:
            connection.when_writable(self._room.release)

    def leave(self) -> None:
        """Nobody listens any more: whoever waits for room goes on, and sees that."""
        self.left = True
        self._room.release()

    def wait_for_room(self) -> bool:
        """In the handler's thread: false when the client is gone."""
        self._room.acquire()
        if self.left:
            self._room.release()
        return not self.left


class ThreadPump:
    """Runs an iterator in the thread that made it."""

    def __init__(self, caller: Caller, call: Call, items: Iterable[Any]) -> None:
        self._caller = caller
        self._call = call
        self._items = iter(items)
        self._post = caller.workers.post

    def run(self) -> answers.Answer | None:
        """The whole answer where the caller wants one, else None after all was sent."""
        call, items = self._call, self._items
        body = call.decoded()
        wish = wished(call.context.accept, body.wrapped)
        try:
            if wish == answers.JSON:
                return call.encoded(self._gathered())
            first = next(items, _END)
            stream = call.stream = Stream(self._caller, call)
            style = Style(wish, None if first is _END else first, call.context)
            self._send(stream, style, first)
        finally:
            close = getattr(items, "close", None)
            if close is not None:
                close()
        return None

    def _gathered(self) -> list[Any]:
        found = []
        for item in self._items:
            if self._call.over:
                raise HttpError(504, "given up")
            found.append(item)
        return found

    def _send(self, stream: Stream, style: Style, item: Any) -> None:
        whole = True
        data = b"" if item is _END else style.piece(item)  # before the head goes out: a failure is still a plain answer
        self._post(stream.begin, style)
        try:
            while item is not _END:
                if not stream.wait_for_room():
                    return
                self._post(stream.send, data)
                item = next(self._items, _END)
                if item is not _END:
                    data = style.piece(item)
        except BaseException as error:  # noqa: BLE001 - the client has a part already: it is told in its own format
            self._post(stream.send, style.failure(self._caller.broken(error, self._call)))
            whole = False
        self._post(lambda: self._caller.streamed(self._call, whole, stream.sent))


class AsyncPump:
    """Runs an asynchronous iterator on the loop."""

    def __init__(self, caller: Caller, call: Call, items: Any) -> None:
        self._caller = caller
        self._call = call
        self._items = items

    async def run(self) -> None:
        call, items = self._call, self._items
        wish = wished(call.context.accept, call.decoded().wrapped)
        try:
            if wish == answers.JSON:
                self._caller.answer(call, call.encoded([item async for item in items]))
                return
            try:
                first = await items.__anext__()
            except StopAsyncIteration:
                first = _END
            stream = call.stream = Stream(self._caller, call)
            await self._send(stream, Style(wish, None if first is _END else first, call.context), first)
        finally:
            close = getattr(items, "aclose", None)
            if close is not None:
                await close()

    async def _send(self, stream: Stream, style: Style, item: Any) -> None:
        whole = True
        data = b"" if item is _END else style.piece(item)
        stream.begin(style)
        try:
            while item is not _END and not stream.left:
                stream.send(data)
                await self._until_writable()
                try:
                    item = await self._items.__anext__()
                except StopAsyncIteration:
                    break
                data = style.piece(item)
        except asyncio.CancelledError:
            raise
        except BaseException as error:  # noqa: BLE001 - as above
            stream.send(style.failure(self._caller.broken(error, self._call)))
            whole = False
        self._caller.streamed(self._call, whole, stream.sent)

    async def _until_writable(self) -> None:
        connection = self._call.request.connection
        if connection.write_paused:
            writable = asyncio.Event()
            connection.when_writable(writable.set)
            await writable.wait()
