"""One number of what was measured in a period, by the statistic's name: Average, Sum, Minimum, Maximum, SampleCount, p95."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from tradewind.sandbox.aws.monitoring.series import Heap

PLAIN: Mapping[str, Callable[[Heap], float]] = {
    "Average": lambda heap: heap.total / heap.count,
    "Sum": lambda heap: heap.total,
    "Minimum": lambda heap: heap.low,
    "Maximum": lambda heap: heap.high,
    "SampleCount": lambda heap: heap.count,
}
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")


def known(name: str) -> bool:
    """Trimmed means and other statistics of CloudWatch's are not emulated."""
    return name in PLAIN or PERCENTILE.fullmatch(name) is not None


def value(heap: Heap, name: str) -> float | None:
    """None where nothing was measured, or a percentile is asked of sums alone."""
    if not heap.count:
        return None
    if name in PLAIN:
        return PLAIN[name](heap)
    return heap.percentile(share(name))


def share(percentile: str) -> float:
    """95.0 of `p95`."""
    return float(percentile.removeprefix("p"))


def significant(percentile: str) -> float:
    """Samples below which a percentile says little: 10 / (1 - percentile), and 10 / percentile below the middle.

    Source: "Percentile-based alarms and low data samples" of the CloudWatch guide.
    """
    part = share(percentile) / 100
    rest = 1 - part if part >= 0.5 else part
    return 10 / rest if rest > 0 else float("inf")
