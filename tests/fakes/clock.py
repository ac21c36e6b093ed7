"""Time that tests move: `sleep` advances it at once, so an hour of baking takes no time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from tradewind.engine.clock import Stop

START = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


class FakeClock:
    """Implements `engine.clock.Clock`. Safe from many threads; sleepers never block."""

    def __init__(self, start: datetime = START) -> None:
        self._now = start
        self._lock = threading.Lock()
        self.slept: list[timedelta] = []
        self.at: list[tuple[datetime, Callable[[], None]]] = []  # (moment, what happens then), e.g. a Ctrl-C

    def now(self) -> datetime:
        with self._lock:
            return self._now

    def sleep(self, duration: timedelta, stop: Stop | None = None) -> None:
        """Advances by `duration`; where a stop is asked for before or on the way, time stands still from there."""
        if stop is not None and stop.asked:
            return
        self.slept.append(duration)
        end = self.now() + duration
        while (due := self._due(end)) is not None:
            moment, act = due
            self._move_to(moment)
            act()
            if stop is not None and stop.asked:
                return
        self._move_to(end)

    def advance(self, duration: timedelta) -> None:
        self._move_to(self.now() + duration)

    def when(self, after: timedelta, act: Callable[[], None]) -> None:
        """Do `act` once a sleep passes the moment `after` from now."""
        self.at.append((self.now() + after, act))

    def _due(self, end: datetime) -> tuple[datetime, Callable[[], None]] | None:
        with self._lock:
            due = sorted((item for item in self.at if item[0] <= end), key=lambda item: item[0])
            if not due:
                return None
            self.at.remove(due[0])
            return due[0]

    def _move_to(self, moment: datetime) -> None:
        with self._lock:
            self._now = max(self._now, moment)
