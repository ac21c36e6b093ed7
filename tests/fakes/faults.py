"""What can go wrong at the border of the fake cloud, and how its jobs and versions behave."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError, ProviderKind

LOST = "the connection was closed before an answer arrived"


@dataclass(frozen=True)
class Write:
    """One change that the fake cloud accepted."""

    op: str  # submit, stop, delete_job, create_endpoint, create_version, scale, traffic, delete_version, delete_endpoint, ...
    subject: str  # "<job>", "<endpoint>" or "<endpoint>/<slot>"
    detail: str
    time: datetime


@dataclass(frozen=True)
class JobBehaviour:
    """`runs` on a machine; `fails` with a reason; `preempted`: the cloud takes the machine at the end; `no_machine`: it has
    none; `waits` so long for another one in the middle, by itself."""

    starts: timedelta = timedelta(seconds=2)
    runs: timedelta = timedelta(seconds=10)
    fails: str = ""
    preempted: bool = False
    no_machine: bool = False
    waits: timedelta = timedelta(0)
    lines: tuple[str, ...] = ("hello from the job", "tw.metric loss=0.5 step=1")


@dataclass(frozen=True)
class VersionBehaviour:
    """`never_ready`: starts for ever; `crashes`: fails on load with these log lines; `error_rate`: share of 500s."""

    starts: timedelta = timedelta(seconds=5)
    never_ready: bool = False
    crashes: tuple[str, ...] = ()
    error_rate: float = 0.0
    p95: timedelta = timedelta(milliseconds=40)
    lines: tuple[str, ...] = ("model loaded",)


@dataclass
class Faults:
    """Ordered by the number of the call. Counted from when they are set; each is used up once it has happened."""

    lose_writes: list[int] = field(default_factory=list)  # the n-th write from now happens, its answer is lost
    fail_writes: dict[int, ProviderKind] = field(default_factory=dict)  # the n-th write from now fails, nothing happens
    throttled: int = 0  # so many calls (reads too) are refused as too many
    retry_after: timedelta = timedelta(seconds=3)
    _count: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def lose(self, nth: int = 1) -> None:
        with self._lock:
            self.lose_writes.append(self._count + nth)

    def fail(self, nth: int = 1, kind: ProviderKind = "transient") -> None:
        with self._lock:
            self.fail_writes[self._count + nth] = kind

    def throttle(self, times: int = 1) -> None:
        with self._lock:
            self.throttled += times

    def lost(self, during: str) -> ProviderError:
        return ProviderError("transient", LOST, during=during, code=GENERAL["transient"])

    def call(self, during: str) -> None:
        """At the start of every call."""
        with self._lock:
            if self.throttled:
                self.throttled -= 1
                raise ProviderError(
                    "throttled", "Rate exceeded", during=during, code=GENERAL["throttled"], retry_after=self.retry_after
                )

    def before(self, during: str) -> bool:
        """Before a write; True: its answer will be lost."""
        with self._lock:
            self._count += 1
            kind = self.fail_writes.pop(self._count, None)
            if kind is not None:
                raise ProviderError(kind, f"injected {kind}", during=during, code=GENERAL[kind])
            if self._count in self.lose_writes:
                self.lose_writes.remove(self._count)
                return True
            return False
