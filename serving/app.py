"""Routes, and what each answers."""

from __future__ import annotations

import itertools
import json
import os
import re
from time import perf_counter
from typing import Any, Callable

from tradewind.serving import answers
from tradewind.serving.calls import Caller
from tradewind.serving.connection import Request
from tradewind.serving.errors import JSON, HttpError
from tradewind.serving.gate import Gate
from tradewind.serving.handler import Model
from tradewind.serving.logs import Log
from tradewind.serving.metrics import Metrics
from tradewind.serving.settings import Settings
from tradewind.serving.workers import Workers

# Whose id a request keeps, most telling first.
_IDS = (
    b"x-request-id",
    b"x-amzn-requestid",
    b"x-amzn-trace-id",
    b"x-ms-request-id",
    b"x-ms-client-request-id",
    b"x-cloud-trace-context",
)
_ID = re.compile(rb"[!-~]{1,200}")
_TEXT = "text/plain; charset=utf-8"
_METRICS = "text/plain; version=0.0.4; charset=utf-8"

Route = Callable[[Request], None]


def error_body(kind: str, message: str) -> bytes:
    return json.dumps({"error": {"type": kind, "message": message}}).encode("ascii") + b"\n"


class App:
    """Loop's thread only."""

    def __init__(self, settings: Settings, log: Log, metrics: Metrics, workers: Workers, loop: Any) -> None:
        self.settings = settings
        self.log = log
        self.metrics = metrics
        self.draining = False
        self.model: Model | None = None
        self.load_seconds = 0.0
        self.gate = Gate(loop, settings.concurrency, settings.queue, settings.queue_wait)
        self._caller = Caller(self, workers, loop)
        self._loop = loop
        prefix = os.urandom(6).hex()
        self._ids = (f"{prefix}-{number:x}" for number in itertools.count(1))
        self._routes: dict[str, tuple[str, dict[str, Route]]] = {}
        self._draw_routes()
        metrics.gauge("tradewind_requests_in_flight", "Requests being worked on.", lambda: self.gate.inside)
        metrics.gauge("tradewind_requests_waiting", "Requests in the queue.", lambda: self.gate.waiting)
        metrics.gauge(
            "tradewind_concurrency_limit", "Requests worked on at once, at most.", lambda: settings.concurrency
        )
        metrics.gauge("tradewind_ready", "1 when the model is loaded.", lambda: int(self.ready))
        metrics.gauge("tradewind_model_load_seconds", "Time that loading the model took.", lambda: self.load_seconds)

    def _draw_routes(self) -> None:
        def reading(route: Route) -> dict[str, Route]:
            return {"GET": route, "HEAD": route}

        table: dict[str, tuple[str, dict[str, Route]]] = {
            "/": ("health", reading(self._ready)),
            "/healthz": ("health", reading(self._live)),
            "/metrics": ("metrics", reading(self._metrics)),
        }
        for path in sorted(self.settings.health_routes):
            table[path] = ("health", {**table.get(path, ("", {}))[1], **reading(self._ready)})
        for path in sorted(self.settings.predict_routes):
            name = "predict" if path in ("/", "/metrics", "/healthz") else _route_name(path)
            table[path] = (name, {**table.get(path, ("", {}))[1], "POST": self._predict})
        self._routes = table

    @property
    def ready(self) -> bool:
        return self.model is not None and not self.draining

    def dispatch(self, request: Request) -> None:
        request.id = self._id(request.headers)
        entry = self._routes.get(request.path)
        if entry is None:
            routes = " ".join(path for path, (_, methods) in self._routes.items() if "POST" in methods)
            self.fail(request, HttpError(404, f"no such route; POST to one of {routes}"))
            return
        request.route = entry[0]
        route = entry[1].get(request.method)
        if route is None:
            allowed = ", ".join(sorted(entry[1]))
            message = f"{request.method} is not for this route; it takes {allowed}"
            self.fail(request, HttpError(405, message), (("allow", allowed),))
            return
        route(request)

    def _id(self, headers: dict[bytes, bytes]) -> str:
        for name in _IDS:
            given = headers.get(name)
            if given is not None and _ID.fullmatch(given):
                return given.decode("ascii")
        return next(self._ids)

    # -- routes

    def _live(self, request: Request) -> None:
        self._well(request, b"alive\n")

    def _ready(self, request: Request) -> None:
        if self.ready:
            self._well(request, b"ready\n")
        else:
            self.fail(request, self._not_ready())

    def _well(self, request: Request, word: bytes) -> None:
        """Counted but not logged: a probe that finds all well every few seconds would bury what matters."""
        request.connection.respond(request, 200, _TEXT, word)
        self.metrics.seen(request.route, 200, perf_counter() - request.started)

    def _metrics(self, request: Request) -> None:
        self.answer(request, 200, _METRICS, self.metrics.text().encode("ascii"))

    def _predict(self, request: Request) -> None:
        model = self.model
        if model is None:
            self.fail(request, self._not_ready())
        elif request.headers.get(b"content-encoding", b"identity").lower() not in (b"identity", b""):
            message = (
                f"Content-Encoding {request.header(b'content-encoding')!r} is not understood: send the body as it is"
            )
            self.fail(request, HttpError(415, message), (("accept-encoding", "identity"),))
        elif model.bounded and answers.chosen(request.header(b"accept")) is None:
            self.fail(request, answers.not_acceptable(request.header(b"accept")))
        else:
            self._caller.start(request, model)

    def _not_ready(self) -> HttpError:
        return HttpError(503, "shutting down" if self.draining else "the model is not loaded yet", retry_after=1)

    # -- ends of a request, each counted and logged once

    def answer(
        self, request: Request, status: int, kind: str, body: bytes, extra: tuple[tuple[str, str], ...] = ()
    ) -> None:
        connection = request.connection
        if connection.active is not request:
            return
        connection.respond(request, status, kind, body, extra)
        self.seen(request, status, len(body))

    def fail(self, request: Request, error: HttpError, extra: tuple[tuple[str, str], ...] = ()) -> None:
        if error.retry_after:
            extra = (*extra, ("retry-after", str(error.retry_after)))
        self.answer(request, error.status, JSON, error_body(error.kind, error.message), extra)

    def seen(self, request: Request, status: int, size: int) -> None:
        """Count and log an answer, or the lack of one (499: the client went away first)."""
        seconds = perf_counter() - request.started
        self.metrics.seen(request.route, status, seconds)
        if self.settings.access_log and self.log.access(
            request.method, request.path, status, seconds, size, request.id
        ):
            self._loop.call_later(0.1, self.log.flush)


def _route_name(path: str) -> str:
    """A metric's label: the cloud's own routes carry ids, which would make a new series with each deployment."""
    return path.strip("/") if re.fullmatch(r"/[a-z]+", path) else "predict"
