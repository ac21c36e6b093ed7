"""What a version did, by second, for any window up to an hour. Latencies are kept in steps of 3 %, so p95 is that exact."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from tradewind.host.wish import Figures

KEPT = 3600  # seconds
STEP = math.log(1.03)
SMALLEST = 1e-4  # seconds


@dataclass
class _Second:
    at: int
    last: float = 0.0  # when its latest request ended
    requests: int = 0
    errors: int = 0
    steps: dict[int, int] = field(default_factory=dict)


class Meter:
    """Times are of a monotonic clock: a wrong or moved wall clock does not matter."""

    def __init__(self) -> None:
        self._seconds: deque[_Second] = deque()

    def count(self, now: float, took: float, *, error: bool) -> None:
        at = int(now)
        if not self._seconds or self._seconds[-1].at != at:
            self._seconds.append(_Second(at))
            while self._seconds[0].at < at - KEPT:
                self._seconds.popleft()
        second = self._seconds[-1]
        second.last = now
        second.requests += 1
        second.errors += error
        step = round(math.log(max(took, SMALLEST) / SMALLEST) / STEP)
        second.steps[step] = second.steps.get(step, 0) + 1

    def figures(self, now: float, window: float) -> Figures:
        """A second counts whole where any of it lies in the window, and not at all where all of it came before."""
        inside = [second for second in self._seconds if second.last >= now - window]
        requests = sum(second.requests for second in inside)
        errors = sum(second.errors for second in inside)
        return Figures(requests, errors, _p95(inside, requests))


def _p95(seconds: list[_Second], requests: int) -> float | None:
    if not requests:
        return None
    steps: dict[int, int] = {}
    for second in seconds:
        for step, count in second.steps.items():
            steps[step] = steps.get(step, 0) + count
    rank = math.ceil(0.95 * requests)
    for step in sorted(steps):
        rank -= steps[step]
        if rank <= 0:
            return float(SMALLEST * math.exp(step * STEP))
    return None
