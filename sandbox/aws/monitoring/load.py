"""What a variant carries: requests at the same time, and the processors, memory and disks of its instances."""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set

import psutil

from tradewind.sandbox.aws.knobs import Pace
from tradewind.sandbox.aws.monitoring.series import GRAIN, Heap, Metric, started
from tradewind.sandbox.aws.monitoring.usage import INSTANCES, INVOCATIONS, Machine, Variant, metrics, one

FINE, COARSE = 10.0, 60.0  # seconds between two samples at speed 1: of requests at a time, and of instances
Entry = tuple[Metric, float, Heap]


class Concurrency:
    """ConcurrentRequestsPerModel: every ten seconds, how many requests an instance has at the same time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._now: Counter[Variant] = Counter()
        self._most: Counter[Variant] = Counter()  # since the last sample
        self._due = 0.0

    def entered(self, key: Variant) -> None:
        with self._lock:
            self._now[key] += 1
            self._most[key] = max(self._most[key], self._now[key])

    def left(self, key: Variant) -> None:
        with self._lock:
            self._now[key] = max(0, self._now[key] - 1)

    def sampled(self, now: float, pace: Pace, machines: Sequence[Machine], scaled: Set[Variant]) -> Iterator[Entry]:
        """One value an instance; a variant without a request has a value of 0 where its scaling asks for one."""
        if now < self._due:
            return
        self._due = now + max(pace.scaled(FINE), GRAIN)
        with self._lock:
            most, self._most = self._most, Counter({key: count for key, count in self._now.items() if count})
        fleets: dict[Variant, list[str]] = {key: [] for key, count in most.items() if count}
        for machine in machines:
            if machine.key in fleets or machine.key in scaled:
                fleets.setdefault(machine.key, []).append(machine.config)
        for key, configs in fleets.items():
            share = most[key] / max(len(configs), 1)
            for config in configs or [""]:
                for metric in metrics(key, config, INVOCATIONS, "ConcurrentRequestsPerModel"):
                    yield metric, started(now, GRAIN), one(share, "None")


class Idleness:
    """A variant that scales reports no invocations as 0: without traffic it shall come down to its least count.

    Source: "Automatic scaling of SageMaker AI models", on traffic that becomes zero.
    """

    def __init__(self) -> None:
        self._due = 0.0

    def sampled(self, now: float, pace: Pace, machines: Iterable[Machine], scaled: Set[Variant]) -> Iterator[Entry]:
        if now < self._due:
            return
        self._due = now + max(pace.scaled(COARSE), GRAIN)
        for machine in machines:
            if machine.key in scaled:
                for metric in metrics(machine.key, machine.config, INVOCATIONS, "InvocationsPerInstance"):
                    yield metric, started(now, GRAIN), one(0.0, "None")


class Utilization:
    """CPUUtilization is 100 a core that is busy; MemoryUtilization and DiskUtilization are shares in percent."""

    def __init__(self) -> None:
        self._due = 0.0
        self._known: dict[int, psutil.Process] = {}  # processor time is measured between two looks at one of these

    def sampled(self, now: float, pace: Pace, machines: Iterable[Machine]) -> Iterator[Entry]:
        if now < self._due:
            return
        self._due = now + max(pace.scaled(COARSE), 1.0)
        for machine in machines:
            for name, value in self._measured(machine):
                for metric in metrics(machine.key, machine.config, INSTANCES, name):
                    yield metric, started(now, GRAIN), one(value, "Percent")
        self._known = {pid: process for pid, process in self._known.items() if process.is_running()}

    def _measured(self, machine: Machine) -> Iterator[tuple[str, float]]:
        processor = memory = 0.0
        for process in self._processes(machine):
            try:
                processor += process.cpu_percent()
                memory += process.memory_percent()
            except psutil.Error:  # it has ended: what is gone uses nothing
                self._known.pop(process.pid, None)
        yield "CPUUtilization", processor
        yield "MemoryUtilization", memory
        if machine.disk.exists():
            usage = shutil.disk_usage(machine.disk)
            yield "DiskUtilization", 100 * usage.used / usage.total

    def _processes(self, machine: Machine) -> Iterator[psutil.Process]:
        """A machine's, with all that they have started; each the one that was looked at before."""
        for pid in machine.pids:
            try:
                first = psutil.Process(pid)
                for process in (first, *first.children(recursive=True)):
                    yield self._known.setdefault(process.pid, process)
            except psutil.Error:
                continue
