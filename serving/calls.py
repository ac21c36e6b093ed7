"""One prediction from the gate to the answer: at once on the loop, in a thread, or as a task; whole or streamed."""

from __future__ import annotations

import asyncio
import inspect
from time import perf_counter
from typing import TYPE_CHECKING, Any

from tradewind.serving import answers
from tradewind.serving.bodies import Body, decode
from tradewind.serving.connection import Request
from tradewind.serving.errors import HttpError, from_handler
from tradewind.serving.gate import Ticket
from tradewind.serving.handler import Context, Model
from tradewind.serving.streams import AsyncPump, Stream, ThreadPump, is_stream
from tradewind.serving.workers import Workers

if TYPE_CHECKING:
    from tradewind.serving.app import App

# A body of this size is read and written in less time than a thread takes to be woken.
_SMALL = 16384
# A prediction quicker than the first may run on the loop; slower than the second, it goes back to the threads.
_QUICK, _SLOW = 0.0005, 0.002
_NO_HEADERS: dict[str, str] = {}


class Pace:
    """Up to how many rows a bounded model answers quickly, learnt from what it did."""

    __slots__ = ("rows",)

    def __init__(self) -> None:
        self.rows = 0

    def seen(self, rows: int, seconds: float) -> None:
        if seconds < _QUICK:
            self.rows = max(self.rows, rows)
        elif seconds > _SLOW:
            self.rows = min(self.rows, rows - 1)


class Call:
    """`over`: answered, given up or gone; what its thread or task still does is of no interest, but keeps its place."""

    __slots__ = ("body", "context", "model", "over", "request", "stream", "task", "ticket", "timer")

    def __init__(self, request: Request, model: Model, body: Body | None) -> None:
        self.request = request
        self.model = model
        self.body = body
        self.over = False
        self.stream: Stream | None = None
        self.task: asyncio.Task[None] | None = None
        self.timer: asyncio.TimerHandle | None = None
        self.ticket: Ticket | None = None
        self.context = Context(
            parameters=body.parameters if body else {},
            headers={k.decode("latin-1"): v.decode("latin-1").strip() for k, v in request.headers.items()}
            if model.wants_headers
            else _NO_HEADERS,
            content_type=request.header(b"content-type"),
            accept=request.header(b"accept"),
            request_id=request.id,
        )

    def decoded(self) -> Body:
        if self.body is None:
            self.body = decode(self.context.content_type, self.request.body, self.model.types)
            self.context.parameters = self.body.parameters
        return self.body

    def encoded(self, value: Any) -> answers.Answer:
        assert self.body is not None
        return answers.encode(value, self.context.accept, self.body.wrapped, self.context.media_type)


class Caller:
    """Loop's thread only, but for `_work`."""

    def __init__(self, app: App, workers: Workers, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._workers = workers
        self._loop = loop
        self._pace = Pace()

    def start(self, request: Request, model: Model) -> None:
        gate = self._app.gate
        body = None
        if model.bounded and gate.inside < gate.limit and len(request.body) <= _SMALL:
            try:
                body = decode(request.header(b"content-type"), request.body, model.types)
            except HttpError as error:
                self._app.fail(request, error)
                return
            if model.rows(body.inputs) <= self._pace.rows:
                self._at_once(request, model, body)
                return
        call = Call(request, model, body)
        request.gone = lambda: self._gone(call)
        call.ticket = Ticket(lambda: self._begin(call), lambda error: self._fail(call, error))
        # the clock starts when the request is here, so waiting in the queue counts
        call.timer = self._loop.call_later(self._app.settings.request_timeout, self._late, call)
        gate.enter(call.ticket)

    def _at_once(self, request: Request, model: Model, body: Body) -> None:
        """Answer on the loop: the model is known to be quick for so many rows."""
        accept = request.header(b"accept")
        try:
            started = perf_counter()
            value = model.predict(body.inputs, Context(body.parameters, _NO_HEADERS, "", accept, request.id))
            self._pace.seen(model.rows(body.inputs), perf_counter() - started)
            answer = answers.encode(value, accept, body.wrapped)
        except Exception as error:  # noqa: BLE001 - a model may raise anything; all of it becomes an answer
            self._app.fail(request, self._said(error, request))
            return
        self._app.answer(request, 200, answer.content_type, answer.body)

    def _begin(self, call: Call) -> None:
        if call.model.asynchronous:
            self._as_task(call, None)
        else:
            self._workers.submit(self._work, (call,), lambda result, error: self._worked(call, result, error))

    def _work(self, call: Call) -> Any:
        """In a thread: everything from bytes to bytes, so that the loop stays free for others."""
        body = call.decoded()
        started = perf_counter()
        value = call.model.predict(body.inputs, call.context)
        if call.model.bounded:
            self._pace.seen(call.model.rows(body.inputs), perf_counter() - started)
        elif inspect.isawaitable(value) or hasattr(value, "__anext__"):
            return value
        elif is_stream(value):
            return ThreadPump(self, call, value).run()
        return call.encoded(value)

    def _worked(self, call: Call, result: Any, error: BaseException | None) -> None:
        if error is None and not isinstance(result, answers.Answer) and result is not None:
            self._as_task(call, result)  # the handler gave an awaitable: its place is kept until that ends
            return
        self._app.gate.leave()
        if error is not None:
            self._failed(call, error)
        elif result is not None:
            self.answer(call, result)

    def _as_task(self, call: Call, made: Any) -> None:
        call.task = self._loop.create_task(self._run(call, made))
        call.task.add_done_callback(lambda _: self._app.gate.leave())
        if call.over:
            call.task.cancel()

    async def _run(self, call: Call, made: Any) -> None:
        """`made`: what predict has returned already, where it ran in a thread."""
        try:
            if made is None:
                small = len(call.request.body) <= _SMALL
                body = call.decoded() if small else await self._workers.run(call.decoded)
                made = call.model.predict(body.inputs, call.context)
            value = await made if inspect.isawaitable(made) else made
            if hasattr(value, "__anext__"):
                await AsyncPump(self, call, value).run()
            elif is_stream(value):
                await self._workers.run(ThreadPump(self, call, value).run)
            else:
                self.answer(call, call.encoded(value))
        except asyncio.CancelledError:
            if not call.over:
                self._failed(call, RuntimeError("the handler cancelled its own request"))
        except BaseException as error:  # noqa: BLE001 - whatever a handler raises is an answer; SystemExit would end the loop
            self._failed(call, error)

    # -- ends

    def _close(self, call: Call) -> bool:
        """True once: the caller of this one gives the answer."""
        if call.over:
            return False
        call.over = True
        call.request.gone = None
        if call.timer is not None:
            call.timer.cancel()
        return True

    def answer(self, call: Call, answer: answers.Answer) -> None:
        if self._close(call):
            self._app.answer(call.request, 200, answer.content_type, answer.body)

    def streamed(self, call: Call, whole: bool, sent: int) -> None:
        """A stream has ended, by itself or by a failure that the client was told of."""
        if self._close(call):
            call.request.connection.end(call.request, whole)
            self._app.seen(call.request, 200 if whole else 500, sent)

    def _fail(self, call: Call, error: HttpError) -> None:
        if self._close(call):
            if call.stream is not None and call.stream.begun:
                call.stream.leave()
                call.request.connection.end(call.request, whole=False)
                self._app.seen(call.request, error.status, call.stream.sent)
            else:
                self._app.fail(call.request, error)

    def _failed(self, call: Call, error: BaseException) -> None:
        self._fail(call, self._said(error, call.request))

    def _said(self, error: BaseException, request: Request) -> HttpError:
        """What the client is told of an error; one of the server's side is logged whole."""
        if isinstance(error, HttpError):
            return error
        status, kind, message = from_handler(error)
        if status >= 500:
            self._app.log.failure("predict failed", error, request_id=request.id)
        return HttpError(status, message, kind, 1 if status in (429, 503) else None)

    def broken(self, error: BaseException, call: Call) -> str:
        """Log what broke a stream and give the words for its client."""
        if isinstance(error, HttpError):
            return error.message
        self._app.log.failure("predict failed while streaming", error, request_id=call.request.id)
        return from_handler(error)[2]

    def _late(self, call: Call) -> None:
        allowed = self._app.settings.request_timeout
        if call.stream is not None and call.stream.begun:
            left = call.stream.last + allowed - self._loop.time()
            if left > 0:  # a stream is late only when nothing came for so long
                call.timer = self._loop.call_later(left, self._late, call)
                return
        if call.ticket is not None:
            self._app.gate.abandon(call.ticket)
        if call.task is not None:
            call.task.cancel()
        self._fail(call, HttpError(504, f"no answer within {allowed:g} seconds"))

    def _gone(self, call: Call) -> None:
        """The client went away: what has not begun never does, what can be stopped is."""
        if self._close(call):
            if call.ticket is not None:
                self._app.gate.abandon(call.ticket)
            if call.stream is not None:
                call.stream.leave()
            if call.task is not None:
                call.task.cancel()
            self._app.seen(call.request, 499, 0)

    @property
    def workers(self) -> Workers:
        return self._workers

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        return self._loop
