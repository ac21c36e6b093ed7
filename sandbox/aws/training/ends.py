"""What ends or interrupts a job that runs, and what others want of it."""

from __future__ import annotations

import threading
from dataclasses import dataclass


class Ended(Exception):
    """The job is over: its status, its last secondary status, the reason."""

    def __init__(self, status: str, secondary: str = "", reason: str = "") -> None:
        super().__init__(reason or status)
        self.status, self.secondary, self.reason = status, secondary, reason


class Interrupted(Exception):
    """The spot instance was taken away."""


class Left(Exception):
    """The emulator itself ends: the job goes on when it is started again."""


@dataclass
class Wishes:
    """What others want of a running job."""

    stop: threading.Event
    preempt: threading.Event
    leave: threading.Event
