"""How many replicas run, hour by hour, from what is known of the load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal

from tradewind.cost.span import Span

HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Usage:
    """What people said of the load. One of `requests` and `duty`, or neither; the rest are facts of one request or replica.

    `requests`: requests a second in equal parts of a period that repeats (24 hours of a day, 168 of a week). `duty`: share of
    the time in which the endpoint is as large as it may be, and at work; for the rest it is as small as it may be, and idle.
    """

    requests: tuple[Decimal, ...] = ()
    duty: Decimal | None = None
    seconds: Decimal | None = None  # that one request takes
    tokens: Decimal | None = None  # a second, that one replica makes at full load


@dataclass(frozen=True)
class Scale:
    """Bounds, and what the number of replicas follows: requests in flight in one, or requests a second to one."""

    least: int
    most: int
    concurrency: int | None = None
    per_second: Decimal | None = None

    def needed(self, requests: Decimal, seconds: Decimal | None) -> int | None:
        """Replicas that so many requests a second want, before the bounds; None where that cannot be said."""
        if self.per_second is not None:
            return _up(requests / self.per_second)
        if self.concurrency is not None and seconds is not None:  # Little's law: in flight = arrivals x duration
            return _up(requests * seconds / self.concurrency)
        return None

    def carried(self, requests: Decimal, replicas: int, seconds: Decimal | None) -> Decimal:
        """How many of so many requests a second that many replicas can answer."""
        if self.per_second is not None:
            return min(requests, self.per_second * replicas)
        if self.concurrency is not None and seconds:
            return min(requests, self.concurrency * replicas / seconds)
        return requests


@dataclass(frozen=True)
class Shape:
    """Replicas on average, and how they are used. `short`: the parts of the period in which more than `most` are wanted."""

    replicas: Span
    monthly: Decimal | None = None  # requests that can be answered
    busy: Decimal | None = None  # share of the replicas' capacity that is used, 0 to 1
    short: int = 0
    parts: int = 0
    why: str = ""  # why the load says nothing of the size


def shape(scale: Scale, usage: Usage | None) -> Shape:
    """Never below `least` nor above `most`. Without a word of the load, the smallest size is what is expected."""
    least, most = Decimal(scale.least), Decimal(scale.most)
    quiet = Span(least, least, most)
    if usage is None:
        return Shape(quiet)
    if usage.duty is not None:
        average = least + (most - least) * usage.duty
        return Shape(Span(least, average, most), busy=most * usage.duty / average if average else None)
    if not usage.requests:
        return Shape(quiet)
    wanted = [scale.needed(each, usage.seconds) for each in usage.requests]
    if any(each is None for each in wanted):
        why = "what the replicas follow cannot be computed from requests a second"
        return Shape(quiet, _monthly(usage.requests), why=why)
    counts = [each for each in wanted if each is not None]
    sizes = [min(max(each, scale.least), scale.most) for each in counts]
    average = Decimal(sum(sizes)) / len(sizes)
    carried = [scale.carried(each, size, usage.seconds) for each, size in zip(usage.requests, sizes, strict=True)]
    return Shape(
        Span(least, average, most),
        _monthly(carried),
        _busy(scale, usage.seconds, carried, sizes),
        sum(each > scale.most for each in counts),
        len(sizes),
    )


def _monthly(requests: Sequence[Decimal]) -> Decimal:
    return sum(requests, Decimal(0)) / len(requests) * 3600 * HOURS_A_MONTH


def _busy(scale: Scale, seconds: Decimal | None, carried: Sequence[Decimal], sizes: Sequence[int]) -> Decimal | None:
    """Work that was done over work that could have been done."""
    could, done = Decimal(sum(sizes)), sum(carried, Decimal(0))
    if scale.per_second is not None:
        could *= scale.per_second
    elif scale.concurrency is not None and seconds is not None:
        could *= scale.concurrency
        done *= seconds
    else:
        return None
    return min(done / could, Decimal(1)) if could else None  # 1: only by rounding more


def _up(value: Decimal) -> int:
    return int(value.to_integral_value(ROUND_CEILING))
