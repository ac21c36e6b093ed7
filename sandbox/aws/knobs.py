"""What a tester turns through /_sandbox: how fast states pass, and the next things that go wrong."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

GRACE = 120.0  # seconds between SIGTERM and SIGKILL at SageMaker
SHORTEST = 10.0  # seconds that are always left for saving, however fast the states pass, unless said otherwise
STARTUP = 30.0  # seconds that a serving process always gets to start in, unless said otherwise


@dataclass(frozen=True)
class Pace:
    """`speed` divides the durations of states.

    `grace` is the time from SIGTERM to SIGKILL in seconds, None: by speed. `startup` is what a serving process gets at
    least, in seconds: a computer starts it no faster because states pass faster.
    """

    speed: float = 60.0
    grace: float | None = None
    startup: float = STARTUP

    def scaled(self, seconds: float) -> float:
        return seconds / self.speed

    def patience(self) -> float:
        return max(GRACE / self.speed, SHORTEST) if self.grace is None else self.grace

    def starting(self, seconds: float) -> float:
        """How long a process may really take that a service would wait `seconds` for."""
        return max(self.scaled(seconds), self.startup)


class Knobs:
    """Thread-safe. A fault is used up by the call or the job that it hits."""

    def __init__(self, pace: Pace) -> None:
        self._lock = threading.Lock()
        self._pace = pace
        self._calls: dict[str, Counter[str]] = {"throttle": Counter(), "lose": Counter()}
        self._failures: dict[str, str] = {}
        self._endpoints: dict[str, str] = {}
        self._capacity = 0

    @property
    def pace(self) -> Pace:
        return self._pace

    def turn(self, name: str, said: Mapping[str, Any]) -> dict[str, Any]:
        """One wish of a tester, in the form that `controls` allows; the answer is how the knobs stand."""
        with self._lock:
            if name == "speed":
                grace = said.get("grace", self._pace.grace)
                speed, startup = said.get("speed", self._pace.speed), said.get("startup", self._pace.startup)
                self._pace = Pace(float(speed), None if grace is None else float(grace), float(startup))
            elif name in self._calls:
                self._calls[name][said["operation"]] = int(said.get("times", 1))
            elif name == "fail":
                held = self._endpoints if "endpoint" in said else self._failures
                held[said.get("endpoint") or said.get("job") or ""] = said["reason"]
            elif name == "capacity":
                self._capacity = int(said.get("times", 1))
            return self._shown()

    def shown(self) -> dict[str, Any]:
        with self._lock:
            return self._shown()

    def hits(self, fault: str, operation: str) -> bool:
        """`throttle` or `lose`: does it hit this call?"""
        with self._lock:
            left = self._calls[fault]
            if left[operation] <= 0:
                return False
            left[operation] -= 1
            return True

    def failure(self, job: str) -> str | None:
        """The reason for which this job shall fail; a failure that names no job hits the next one."""
        with self._lock:
            return self._failures.pop(job, None) or self._failures.pop("", None)

    def endpoint_failure(self, endpoint: str) -> str | None:
        """The same for the next deployment of an endpoint."""
        with self._lock:
            return self._endpoints.pop(endpoint, None) or self._endpoints.pop("", None)

    def no_capacity(self) -> bool:
        with self._lock:
            hit = self._capacity > 0
            self._capacity -= hit
            return hit

    def _shown(self) -> dict[str, Any]:
        return {
            "speed": self._pace.speed,
            "grace": self._pace.patience(),
            **{fault: dict(+left) for fault, left in self._calls.items()},
            "startup": self._pace.startup,
            "fail": dict(self._failures),
            "fail_endpoint": dict(self._endpoints),
            "capacity": self._capacity,
        }
