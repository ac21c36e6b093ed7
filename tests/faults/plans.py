"""Which call gets which fault."""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable
from enum import Enum
from typing import Literal, Protocol

from tests.faults.calls import Call

INVOKES = ("InvokeEndpoint", "InvokeEndpointWithResponseStream", "InvokeEndpointAsync")


class Fault(Enum):
    NONE = "none"
    THROTTLE = "throttled"
    INTERNAL = "500"
    UNAVAILABLE = "503 of a front end"
    RESET_BEFORE = "reset before the call"
    RESET_AFTER = "answer lost"
    SLOW = "slow"
    CUT = "answer cut in half"


class Plan(Protocol):
    def fault(self, call: Call) -> Fault: ...

    def answered(self, call: Call) -> None:
        """The service has answered; the client has not heard it yet."""
        ...


class Chaos:
    """A fault on this share of the calls, drawn by a seed. Requests of users are spared: those are never sent twice."""

    KINDS = (*(fault for fault in Fault if fault is not Fault.NONE),)

    def __init__(
        self,
        seed: int,
        share: float = 0.3,
        kinds: tuple[Fault, ...] = KINDS,
        spared: Callable[[Call], bool] = lambda call: call.operation in INVOKES,
    ) -> None:
        self.seed = seed
        self._random = random.Random(seed)
        self._share = share
        self._kinds = kinds
        self._spared = spared
        self._lock = threading.Lock()

    def fault(self, call: Call) -> Fault:
        with self._lock:
            if self._spared(call) or self._random.random() >= self._share:
                return Fault.NONE
            return self._random.choice(self._kinds)

    def answered(self, call: Call) -> None:
        return


class Only:
    """One fault on the calls chosen."""

    def __init__(self, fault: Fault, chosen: Callable[[Call], bool]) -> None:
        self._fault = fault
        self._chosen = chosen

    def fault(self, call: Call) -> Fault:
        return self._fault if self._chosen(call) else Fault.NONE

    def answered(self, call: Call) -> None:
        return


class KillAt:
    """Ends the client, as `kill -9` would, at its n-th chosen call: before the service gets it, or once it has answered.

    `victim` is set when the client has been started. What it killed is in `struck`.
    """

    def __init__(
        self, number: int, when: Literal["before", "after"], chosen: Callable[[Call], bool] = lambda call: call.writes
    ) -> None:
        self.victim: int | None = None
        self.struck: Call | None = None
        self.seen = 0
        self._due: Call | None = None
        self._number = number
        self._when = when
        self._chosen = chosen

    def fault(self, call: Call) -> Fault:
        if not self._chosen(call):
            return Fault.NONE
        self.seen += 1
        if self.seen != self._number:
            return Fault.NONE
        if self._when == "after":
            self._due = call
            return Fault.RESET_AFTER
        self._strike(call)
        return Fault.RESET_BEFORE

    def answered(self, call: Call) -> None:
        if call is self._due:
            self._strike(call)

    def _strike(self, call: Call) -> None:
        assert self.victim is not None
        self.struck = call
        os.kill(self.victim, signal.SIGKILL)
