"""What state an alarm's data points put it into.

Sources: "Configuring how CloudWatch alarms treat missing data" with its two tables, and "Avoiding premature transitions to
alarm state". The service looks at more periods than it evaluates; how many more it does not say: its tables have 5 for 3.
"""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

EXTRA = 2  # periods farther back that are looked at
OK, ALARM, UNKNOWN = "OK", "ALARM", "INSUFFICIENT_DATA"
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
TREATED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}


@dataclass(frozen=True)
class Point:
    """Of the period that began at `time`. `few`: too few samples for its percentile to say anything."""

    time: float
    value: float
    few: bool = False


@dataclass(frozen=True)
class Terms:
    """When an alarm fires: `needed` of `periods` data points beyond the threshold."""

    comparison: str
    threshold: float
    periods: int
    needed: int
    missing: str = "missing"

    @property
    def range(self) -> int:
        return self.periods + EXTRA

    def breaches(self, point: Point) -> bool:
        return COMPARISONS[self.comparison][0](point.value, self.threshold)


@dataclass(frozen=True)
class Verdict:
    state: str
    reason: str
    points: tuple[Point, ...] = ()


def judge(points: Sequence[Point | None], terms: Terms, state: str) -> Verdict | None:
    """Of the points of the whole range, oldest first. None: the state stays what it is."""
    there = [point for point in points if point is not None][-terms.periods :]
    if any(point.few for point in there):
        return None
    breaching = sum(terms.breaches(point) for point in there)
    absent = terms.periods - len(there)
    found = _state(points, there, breaching, absent, terms)
    if found is None or found == state:
        return None
    return Verdict(found, _reason(found, there, breaching, absent, terms), tuple(there))


def _state(
    points: Sequence[Point | None], there: Sequence[Point], breaching: int, absent: int, terms: Terms
) -> str | None:
    if breaching >= terms.needed:
        return ALARM
    if not absent:
        return OK
    if terms.missing == "breaching":
        return ALARM if breaching + absent >= terms.needed else OK
    if terms.missing == "notBreaching":
        return OK
    if not there:
        return None if terms.missing == "ignore" else UNKNOWN
    if breaching < len(there):
        return OK
    if terms.missing == "ignore":
        return None
    recent = list(points)[-terms.periods :]
    oldest = next((len(recent) - index for index, point in enumerate(recent) if point is not None), 0)
    return ALARM if oldest >= terms.needed else OK


def _reason(state: str, there: Sequence[Point], breaching: int, absent: int, terms: Terms) -> str:
    if state == UNKNOWN:
        return f"Insufficient Data: {_several(absent, 'datapoint was', 'datapoints were')} unknown."
    if not there:
        treated = _several(absent, "missing datapoint was", "missing datapoints were")
        return (
            f"Threshold Crossed: no datapoints were received for {_several(absent, 'period', 'periods')} and {treated} "
            f"treated as [{TREATED[terms.missing]}]."
        )
    count = breaching if state == ALARM else len(there) - breaching
    shown = ", ".join(f"{point.value} ({_day(point.time)})" for point in reversed(there))
    was = f"{'was' if count == 1 else 'were'}{'' if state == ALARM else ' not'}"
    least = terms.needed if state == ALARM else terms.periods - terms.needed + 1
    return (
        f"Threshold Crossed: {count} out of the last {len(there)} datapoints [{shown}] {was} "
        f"{COMPARISONS[terms.comparison][1]} the threshold ({terms.threshold}) (minimum "
        f"{_several(least, 'datapoint', 'datapoints')} for {'OK' if state == ALARM else 'ALARM'} -> {state} transition)."
    )


def data(verdict: Verdict, terms: Terms, now: float, facts: Mapping[str, Any]) -> str:
    """StateReasonData: JSON for programs."""
    points = [{"timestamp": _instant(point.time), "value": point.value} for point in reversed(verdict.points)]
    return json.dumps(
        {
            "version": "1.0",
            "queryDate": _instant(now),
            **({"startDate": _instant(verdict.points[0].time)} if verdict.points else {}),
            **facts,
            "recentDatapoints": [point.value for point in verdict.points],
            "threshold": terms.threshold,
            "evaluatedDatapoints": points,
        }
    )


def _several(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%d/%m/%y %H:%M:%S")


def _instant(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"
