"""How many requests are worked on at once, and how many may wait for how long."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Callable

from tradewind.serving.errors import HttpError


class Ticket:
    """A request's place: waiting, inside, or over."""

    __slots__ = ("refuse", "start", "timer", "waiting")

    def __init__(self, start: Callable[[], None], refuse: Callable[[HttpError], None]) -> None:
        self.start = start
        self.refuse = refuse
        self.waiting = False
        self.timer: asyncio.TimerHandle | None = None


class Gate:
    """Loop's thread only. `leave` must follow each started ticket, when its work has truly ended."""

    def __init__(self, loop: asyncio.AbstractEventLoop, limit: int, queue: int, wait: float) -> None:
        self._loop = loop
        self.limit = limit
        self._queue = queue
        self._wait = wait
        self.inside = 0
        self._waiting: deque[Ticket] = deque()

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    def enter(self, ticket: Ticket) -> None:
        """Start now, wait in the queue, or be refused with 429."""
        if self.inside < self.limit:
            self.inside += 1
            ticket.start()
        elif len(self._waiting) < self._queue and self._wait > 0:
            ticket.waiting = True
            ticket.timer = self._loop.call_later(self._wait, self._expire, ticket)
            self._waiting.append(ticket)
        else:
            ticket.refuse(self._full())

    def leave(self) -> None:
        if not self._waiting:
            self.inside -= 1
            return
        ticket = self._waiting.popleft()
        self._stop_waiting(ticket)
        ticket.start()

    def abandon(self, ticket: Ticket) -> None:
        """The caller is gone: its place in the queue goes to the next."""
        if ticket.waiting:
            self._stop_waiting(ticket)
            self._waiting.remove(ticket)

    def _expire(self, ticket: Ticket) -> None:
        self.abandon(ticket)
        ticket.refuse(self._full())

    @staticmethod
    def _stop_waiting(ticket: Ticket) -> None:
        ticket.waiting = False
        if ticket.timer is not None:
            ticket.timer.cancel()
            ticket.timer = None

    def _full(self) -> HttpError:
        return HttpError(429, f"busy: {self.limit} requests are being worked on and the queue is full", retry_after=1)
