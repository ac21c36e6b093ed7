"""Time, injected: everything that waits in the engine waits here, and can be told to stop."""

from __future__ import annotations

import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from typing import Protocol

_SLICE = 0.5  # seconds: a signal that the kernel gives to another thread does not end the main thread's wait


class Stop:
    """Set by the first Ctrl-C or SIGTERM; whoever waits wakes at once and decides what to put back.

    `ask` is called from signal handlers, which run in the midst of whatever the main thread does - waiting here included.
    An Event would deadlock then: its lock is held for a moment by the very wait that the handler interrupts.
    `SimpleQueue.put` is the one wake-up that the standard library promises to be reentrant.
    """

    def __init__(self) -> None:
        self._asked = False
        self._wake: SimpleQueue[None] = SimpleQueue()

    def ask(self) -> None:
        self._asked = True
        self._wake.put(None)

    def clear(self) -> None:
        self._asked = False

    @property
    def asked(self) -> bool:
        return self._asked

    def wait(self, duration: timedelta) -> bool:
        """True as soon as a stop is asked for, False after `duration`."""
        deadline = time.monotonic() + duration.total_seconds()
        while not self._asked:
            left = deadline - time.monotonic()
            if left <= 0:
                break
            with suppress(Empty):
                self._wake.get(timeout=min(left, _SLICE))
            if self._asked:
                self._wake.put(None)  # the next waiter wakes too
        return self._asked


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
