"""Metrics over time: counted in small grains, coarser the older they are, with their values for percentiles."""

from __future__ import annotations

import bisect
import math
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

GRAIN = 0.1  # seconds; the finest an alarm's period becomes at a high speed
LADDER = ((300.0, GRAIN), (900.0, 1.0), (10_800.0, 10.0), (15 * 86_400.0, 60.0))  # up to this age: grains of this size
MOST = 1_000  # different values of one grain that are kept exactly; then three significant digits


@dataclass(frozen=True)
class Metric:
    region: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()

    @staticmethod
    def of(region: str, namespace: str, name: str, dimensions: Iterable[tuple[str, str]]) -> Metric:
        return Metric(region, namespace, name, tuple(sorted(dimensions)))


@dataclass(frozen=True)
class Grid:
    """Periods that follow each other from `start`, in seconds; the last one may end early, at `end`."""

    start: float
    period: float
    end: float

    @property
    def times(self) -> list[float]:
        count = math.ceil((self.end - self.start) / self.period - 1e-6)
        return [self._at(number) for number in range(count)]

    def begin(self, moment: float) -> float:
        return self._at(math.floor((moment - self.start) / self.period + 1e-6))

    def _at(self, number: int) -> float:
        return round(self.start + number * self.period, 3)


@dataclass
class Heap:
    """What was measured in a stretch of time. `values` has less than `count` where only sums were given."""

    count: float = 0.0
    total: float = 0.0
    low: float = math.inf
    high: float = -math.inf
    values: Counter[float] = field(default_factory=Counter)
    unit: str = "None"

    def add(self, value: float, count: float = 1.0) -> None:
        self.count += count
        self.total += value * count
        self.low, self.high = min(self.low, value), max(self.high, value)
        self.values[value] += count  # type: ignore[assignment]  # fractions of a sample are allowed

    def merge(self, other: Heap) -> None:
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.values.update(other.values)
        self.unit = other.unit
        if len(self.values) > MOST:
            rounded: Counter[float] = Counter()
            for value, count in self.values.items():
                rounded[float(f"{value:.3g}")] += count
            self.values = rounded

    def percentile(self, share: float) -> float | None:
        """Of `share` percent, between the two nearest values; None where single values are not known."""
        known = sum(self.values.values())
        if not known or known < self.count:
            return self.low if self.count and self.low == self.high else None
        rank = (known - 1) * share / 100
        seen, below = 0.0, self.low
        for value, count in sorted(self.values.items()):
            if rank <= seen + count - 1:
                apart = value if rank >= seen else below + (value - below) * (rank - seen + 1)
                return min(max(apart, self.low), self.high)
            seen, below = seen + count, value
        return self.high


class Series:
    """All metrics of the account. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._held: dict[Metric, tuple[list[float], dict[float, Heap]]] = {}

    def add(self, metric: Metric, moment: float, heap: Heap) -> None:
        """What was measured in the grain that begins at `moment` (epoch seconds)."""
        with self._lock:
            moments, heaps = self._held.setdefault(metric, ([], {}))
            if moment not in heaps:
                heaps[moment] = Heap()
                bisect.insort(moments, moment)
            heaps[moment].merge(heap)

    def over(self, metric: Metric, grid: Grid, unit: str | None = None) -> dict[float, Heap]:
        """What was measured in each period of the grid, by its beginning; of this unit alone where one is named."""
        found: dict[float, Heap] = {}
        with self._lock:
            moments, heaps = self._held.get(metric, ([], {}))
            first, last = bisect.bisect_left(moments, grid.start), bisect.bisect_left(moments, grid.end)
            for moment in moments[first:last]:
                if unit in (None, heaps[moment].unit):
                    found.setdefault(grid.begin(moment), Heap()).merge(heaps[moment])
        return found

    def metrics(self) -> list[Metric]:
        with self._lock:
            return list(self._held)

    def newest(self, metric: Metric) -> float | None:
        with self._lock:
            moments, _ = self._held.get(metric, ([], {}))
            return moments[-1] if moments else None

    def entries(self) -> Iterator[tuple[Metric, float, Heap]]:
        with self._lock:
            held = [
                (metric, moment, heap) for metric, (_, heaps) in self._held.items() for moment, heap in heaps.items()
            ]
        yield from held

    def condense(self, now: float) -> None:
        """Put together what has grown old, and drop what has passed the last age."""
        with self._lock:
            for metric, (moments, heaps) in list(self._held.items()):
                again: dict[float, Heap] = {}
                for moment in moments:
                    if (grain := _grain(now - moment)) is not None:
                        begin = started(moment, grain)
                        if begin in again:
                            again[begin].merge(heaps[moment])
                        else:
                            again[begin] = heaps[moment]
                if again:
                    self._held[metric] = sorted(again), again
                else:
                    del self._held[metric]


def started(moment: float, grain: float) -> float:
    """The beginning of the grain that a moment lies in."""
    return round(math.floor(moment / grain + 1e-6) * grain, 3)


def _grain(age: float) -> float | None:
    return next((grain for limit, grain in LADDER if age <= limit), None)
