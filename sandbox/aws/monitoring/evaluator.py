"""The alarms, evaluated in turn: each from the whole periods that have passed, at the account's speed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from typing import Any

from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring import composite, judgement, queries, statistics
from tradewind.sandbox.aws.monitoring.alarms import Alarm, Alarms
from tradewind.sandbox.aws.monitoring.judgement import ALARM, OK, UNKNOWN, Point, Terms
from tradewind.sandbox.aws.monitoring.queries import Queries
from tradewind.sandbox.aws.monitoring.series import GRAIN, Grid, Series

MINUTE, FINE = 60, 10  # seconds between two evaluations of an alarm, and of one whose period is shorter than a minute
HELD = 1.0  # seconds that a state set by hand is seen at least, however fast the periods pass
Moved = Callable[[Alarm, Alarm], None]  # from, to


class Evaluator:
    def __init__(self, series: Series, alarms: Alarms, knobs: Knobs, moved: Moved) -> None:
        self._series = series
        self._alarms = alarms
        self._knobs = knobs
        self._moved = moved
        self._turns: dict[tuple[str, str], int] = {}  # the last one of each alarm

    def round(self) -> None:
        """Evaluate every alarm whose turn has come."""
        alarms = self._alarms.all()
        for alarm in alarms:
            if not alarm.composite:
                self._metric(alarm)
        for alarm in alarms:
            if alarm.composite:
                self._composite(alarm)
        there = {(alarm.region, alarm.name) for alarm in alarms}
        self._turns = {key: turn for key, turn in self._turns.items() if key in there}

    def _metric(self, alarm: Alarm) -> None:
        now = time.time() - GRAIN  # what a period's last moment brought has come by then
        interval = self._real(MINUTE if period(alarm.request) >= MINUTE else FINE)
        turn, key = math.floor(now / interval), (alarm.region, alarm.name)
        if self._turns.get(key) == turn or alarm.configured > turn * interval or self._held(alarm, interval):
            return
        self._turns[key] = turn
        terms = agreed(alarm.request)
        length = self._real(period(alarm.request))
        end = round(turn * interval, 3)
        grid = Grid(round(end - terms.range * length, 3), length, end)
        verdict = judgement.judge(self._points(alarm, grid), terms, alarm.state)
        if verdict is not None:
            data = judgement.data(verdict, terms, now, _facts(alarm.request))
            self._move(alarm, verdict.state, verdict.reason, data)

    def _points(self, alarm: Alarm, grid: Grid) -> list[Point | None]:
        said = alarm.request
        if said.get("Metrics"):
            known = Queries(said["Metrics"])
            found = known.series(self._series, alarm.region, lambda _: grid)[known.returned()[0]]
            return [Point(start, found[start]) if start in found else None for start in grid.times]
        held = self._series.over(queries.metric(alarm.region, said), grid, said.get("Unit"))
        values = queries.values(held, statistic(said))
        least = statistics.significant(statistic(said)) if _careful(said) else 0.0
        return [
            Point(start, values[start], held[start].count < least) if start in values else None for start in grid.times
        ]

    def _composite(self, alarm: Alarm) -> None:
        if self._held(alarm, 0.0):
            return
        rule = composite.parsed(alarm.request["AlarmRule"])
        others = {name: other.state for name in rule.alarms if (other := self._alarms.get(alarm.region, name))}
        fires = rule.holds(others)
        unknown = not fires and any(others.get(name, UNKNOWN) == UNKNOWN for name in rule.alarms)
        state = ALARM if fires else UNKNOWN if unknown and alarm.state == UNKNOWN else OK
        if state != alarm.state:
            self._move(alarm, state, f"{alarm.name} transitioned to {state}: {alarm.request['AlarmRule']}", "")

    def _move(self, alarm: Alarm, state: str, reason: str, data: str) -> None:
        before: list[Alarm] = []

        def moved(now: Alarm) -> Alarm:
            if now.configured != alarm.configured or now.set_by_hand != alarm.set_by_hand:
                return now  # it has been put or set meanwhile: what was found is of another alarm
            before.append(now)
            return now.moved(state, time.time(), reason, data)

        after = self._alarms.change(alarm.region, alarm.name, moved)
        if before and after is not None:
            self._moved(before[0], after)

    def _held(self, alarm: Alarm, interval: float) -> bool:
        return time.time() < alarm.set_by_hand + max(interval, HELD)

    def _real(self, seconds: float) -> float:
        return max(self._knobs.pace.scaled(seconds), GRAIN)


def agreed(said: Mapping[str, Any]) -> Terms:
    """When an alarm with this request fires."""
    needed = said.get("DatapointsToAlarm") or said["EvaluationPeriods"]
    missing = said.get("TreatMissingData") or "missing"
    return Terms(said["ComparisonOperator"], said["Threshold"], said["EvaluationPeriods"], needed, missing)


def period(said: Mapping[str, Any]) -> int:
    """Of an alarm, in seconds at speed 1."""
    if said.get("Metrics"):
        return max(Queries(said["Metrics"]).periods())
    return int(said["Period"])


def statistic(said: Mapping[str, Any]) -> str:
    return str(said.get("ExtendedStatistic") or said["Statistic"])


def _careful(said: Mapping[str, Any]) -> bool:
    return bool(said.get("ExtendedStatistic")) and said.get("EvaluateLowSampleCountPercentile") == "ignore"


def _facts(said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {} if said.get("Metrics") else {"statistic": statistic(said), "period": said["Period"]}
