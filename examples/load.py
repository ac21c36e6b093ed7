"""A constant load on one URL, and what became of each request. Used by the demonstration and by benchmarks/rollout.py."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit


@dataclass
class Tally:
    """`answered` counts by version; `gap` is the longest time in seconds in which no answer came."""

    answered: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    gap: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.answered.values()) + len(self.failures)

    def __str__(self) -> str:
        return f"{self.requests} requests, {len(self.failures)} failed, longest gap {self.gap * 1000:.0f} ms"


class Load:
    """`with Load(url, body) as load:` keeps `clients` connections asking, each at `rate` requests a second at most."""

    def __init__(self, url: str, body: bytes, *, clients: int = 4, rate: float = 50.0) -> None:
        split = urlsplit(url)
        self._host, self._port = split.hostname or "127.0.0.1", split.port or 80
        self._path = split.path.rstrip("/") + "/invocations"
        self._body, self._pause = body, 1 / rate
        self._end = threading.Event()
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self.tally = Tally()
        self._threads = [threading.Thread(target=self._ask_on, daemon=True) for _ in range(clients)]

    def __enter__(self) -> Load:
        self._last = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask_on(self) -> None:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=30)
        while not self._end.is_set():
            began = time.monotonic()
            try:
                connection.request("POST", self._path, self._body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                version = answer.headers.get("X-Tradewind-Version", "?")
                self._note(version, "" if answer.status == 200 else f"{answer.status} {body[:200]!r}")
            except (OSError, http.client.HTTPException) as error:
                self._note("", repr(error))
                connection.close()
            self._end.wait(max(0.0, self._pause - (time.monotonic() - began)))
        connection.close()

    def _note(self, version: str, failure: str) -> None:
        with self._lock:
            now = time.monotonic()
            self.tally.gap = max(self.tally.gap, now - self._last)
            self._last = now
            if failure:
                self.tally.failures.append(failure)
            else:
                self.tally.answered[version] += 1


def body_of(example: str) -> bytes:
    return (Path(__file__).parent / example / "request.json").read_bytes()
