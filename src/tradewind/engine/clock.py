"""Time, injected: everything that waits in the engine waits here, and can be told to stop."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Stop:
    """Set by the first Ctrl-C or SIGTERM; whoever waits wakes at once and decides what to put back."""

    def __init__(self) -> None:
        self._event = threading.Event()

    def ask(self) -> None:
        self._event.set()

    def clear(self) -> None:
        self._event.clear()

    @property
    def asked(self) -> bool:
        return self._event.is_set()

    def wait(self, duration: timedelta) -> bool:
        """True as soon as a stop is asked for, False after `duration`."""
        return self._event.wait(max(0.0, duration.total_seconds()))


class Clock(Protocol):
    def now(self) -> datetime:
        """Timezone-aware, UTC."""
        ...

    def sleep(self, duration: timedelta, stop: Stop | None = None) -> None:
        """Returns early when `stop` is asked for."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)

    def sleep(self, duration: timedelta, stop: Stop | None = None) -> None:
        (stop or Stop()).wait(duration)
