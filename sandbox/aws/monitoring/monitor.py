"""The account's CloudWatch: what endpoints report is counted here, and alarms are evaluated from it."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence, Set
from pathlib import Path

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring import alarms
from tradewind.sandbox.aws.monitoring.actions import Actions
from tradewind.sandbox.aws.monitoring.evaluator import Evaluator
from tradewind.sandbox.aws.monitoring.journal import Journal
from tradewind.sandbox.aws.monitoring.load import Concurrency, Idleness, Utilization
from tradewind.sandbox.aws.monitoring.operations import Operations
from tradewind.sandbox.aws.monitoring.readings import Readings
from tradewind.sandbox.aws.monitoring.rules import INVALID
from tradewind.sandbox.aws.monitoring.series import GRAIN, Heap, Metric, Series, started
from tradewind.sandbox.aws.monitoring.usage import INVOCATIONS, Invocation, Machine, Variant, counted, metrics
from tradewind.sandbox.aws.wire import Wire

log = logging.getLogger("tradewind.sandbox.aws")

TICK = GRAIN  # seconds between two rounds
CONDENSE = 30.0  # seconds between two condensings of old metrics
RECENT = 60.0  # seconds in which an instance that answered counts as in service, where nobody tells

__all__ = ["Invocation", "Machine", "Monitor"]


class Monitor:
    """`record`, `entered` and `left` may be called for every request, from any thread. `door` answers CloudWatch's calls."""

    def __init__(self, account: Account, knobs: Knobs, folder: Path | None = None) -> None:
        self._knobs = knobs
        self.series = Series()
        self.alarms = alarms.shelf(None if folder is None else folder / "alarms")
        self._journal = Journal(folder)
        self._journal.load(self.series)
        self._lock = threading.Lock()
        self._flushing = threading.Lock()
        self._waiting: list[Invocation] = []
        self._seen: dict[Variant, dict[str, float]] = {}
        self._machines: Callable[[], Iterable[Machine]] | None = None
        self._concurrency = Concurrency()
        self._utilization = Utilization()
        self._idleness = Idleness()
        self.scaled: Set[Variant] = frozenset()  # variants with scaling, which must hear that nothing happens
        moved = Actions(account, self.alarms).moved
        self._evaluator = Evaluator(self.series, self.alarms, knobs, moved)
        operations, readings = Operations(self.alarms, moved), Readings(self.series, self.flush, self.put)
        self.door = Wire("cloudwatch", {**operations.table, **readings.table}, invalid=INVALID)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="monitor", daemon=True)

    def watch(self, machines: Callable[[], Iterable[Machine]]) -> None:
        """Who knows the instances in service: for what counts by instance, and for their own load."""
        self._machines = machines

    def record(self, invocation: Invocation) -> None:
        with self._lock:
            self._waiting.append(invocation)

    def entered(self, region: str, endpoint: str, variant: str) -> None:
        """A request for the variant has come."""
        self._concurrency.entered((region, endpoint, variant))

    def left(self, region: str, endpoint: str, variant: str) -> None:
        """It has been answered."""
        self._concurrency.left((region, endpoint, variant))

    def firing(self, region: str, names: Sequence[str]) -> tuple[str, ...]:
        """Which of these alarms are in ALARM now."""
        found = ((name, self.alarms.get(region, name)) for name in names)
        return tuple(name for name, alarm in found if alarm is not None and alarm.state == "ALARM")

    def missing(self, region: str, names: Sequence[str]) -> tuple[str, ...]:
        return tuple(name for name in names if self.alarms.get(region, name) is None)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._over.set()
        if self._thread.is_alive():
            self._thread.join()
        self.flush()
        self._journal.rewrite(self.series)

    def put(self, entries: Iterable[tuple[Metric, float, Heap]]) -> None:
        """What was measured elsewhere, each in its grain."""
        kept = list(entries)
        for metric, moment, heap in kept:
            self.series.add(metric, moment, heap)
        if self._journal.append(kept):
            self.series.condense(time.time())
            self._journal.rewrite(self.series)

    def flush(self) -> None:
        """Count what has come since the last time: who reads metrics afterwards reads it too."""
        with self._flushing:
            with self._lock:
                waiting, self._waiting = self._waiting, []
            if not waiting:
                return
            if self._machines is None:
                for one in waiting:
                    self._seen.setdefault(one.key, {})[one.instance] = one.time
            instances = {key: self.instances(key) for key in {one.key for one in waiting}}
            found: dict[tuple[Variant, str, float, str], Heap] = {}
            for one in waiting:
                moment = started(one.time, GRAIN)
                for name, value, unit in counted(one, instances[one.key]):
                    place = one.key, one.config, moment, name
                    if place not in found:
                        found[place] = Heap(unit=unit)
                    found[place].add(value)
            self.put(
                (metric, moment, heap)
                for (key, config, moment, name), heap in found.items()
                for metric in metrics(key, config, INVOCATIONS, name)
            )

    def instances(self, key: Variant) -> int:
        """Of a variant, in service now."""
        if self._machines is not None:
            return sum(machine.key == key for machine in self._machines())
        limit = time.time() - RECENT
        return sum(moment >= limit for moment in self._seen.get(key, {}).values())

    def _keep(self) -> None:
        condensed = time.monotonic()
        while not self._over.wait(TICK):
            try:
                self._round()
                if time.monotonic() - condensed > CONDENSE:
                    condensed = time.monotonic()
                    self.series.condense(time.time())
            except Exception:
                log.exception("a round of the monitor failed")

    def _round(self) -> None:
        now, pace = time.time(), self._knobs.pace
        machines = tuple(self._machines()) if self._machines is not None else ()
        self.flush()
        self.put(self._concurrency.sampled(now, pace, machines, self.scaled))
        self.put(self._idleness.sampled(now, pace, machines, self.scaled))
        self.put(self._utilization.sampled(now, pace, machines))
        self._evaluator.round()
