"""Prometheus metrics in the text format. Written from the loop's thread only."""

from __future__ import annotations

import time
from bisect import bisect_left
from typing import Callable

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    def __init__(self) -> None:
        self.codes: dict[tuple[str, int], int] = {}
        self._counts: dict[str, list[int]] = {}
        self._sums: dict[str, float] = {}
        self._gauges: list[tuple[str, str, Callable[[], float]]] = []
        started = time.time()
        self.gauge("process_start_time_seconds", "Start of the process since the epoch.", lambda: started)

    def gauge(self, name: str, text: str, value: Callable[[], float]) -> None:
        self._gauges.append((name, text, value))

    def seen(self, route: str, status: int, seconds: float) -> None:
        """One answered request. `route` is a known route's name, never what a caller wrote, so the series stay few."""
        key = (route, status)
        self.codes[key] = self.codes.get(key, 0) + 1
        counts = self._counts.get(route)
        if counts is None:
            counts = self._counts[route] = [0] * (len(BUCKETS) + 1)
            self._sums[route] = 0.0
        counts[bisect_left(BUCKETS, seconds)] += 1
        self._sums[route] += seconds

    def text(self) -> str:
        lines = ["# HELP tradewind_requests_total Requests answered.", "# TYPE tradewind_requests_total counter"]
        for (route, status), count in sorted(self.codes.items()):
            lines.append(f'tradewind_requests_total{{route="{route}",code="{status}"}} {count}')
        lines.append("# HELP tradewind_request_seconds From the first byte read to the last byte written.")
        lines.append("# TYPE tradewind_request_seconds histogram")
        for route, counts in sorted(self._counts.items()):
            total = 0
            for bound, count in zip([*map(str, BUCKETS), "+Inf"], counts):
                total += count
                lines.append(f'tradewind_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}')
            lines.append(f'tradewind_request_seconds_sum{{route="{route}"}} {self._sums[route]:.6f}')
            lines.append(f'tradewind_request_seconds_count{{route="{route}"}} {total}')
        for name, text, value in self._gauges:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge", f"{name} {value():.10g}"]
        return "\n".join(lines) + "\n"
