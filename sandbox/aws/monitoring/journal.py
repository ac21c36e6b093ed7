"""The metrics on disk: each batch is a line that is appended, so that a write costs what is new and not what is there."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from tradewind.host.files import write_whole
from tradewind.sandbox.aws.monitoring.series import Heap, Metric, Series

FILE = "metrics.jsonl"
LARGEST = 64 * 1024 * 1024  # bytes, then what is kept is written anew
Entry = tuple[Metric, float, Heap]


class Journal:
    """Without a folder nothing is kept. Thread-safe."""

    def __init__(self, folder: Path | None) -> None:
        self._lock = threading.Lock()
        self._file = None if folder is None else folder / FILE
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)

    def load(self, series: Series) -> None:
        """A line that a kill left half written ends what is known."""
        if self._file is None or not self._file.exists():
            return
        with self._file.open(encoding="utf-8") as lines:
            for line in lines:
                try:
                    metric, moment, heap = _read(json.loads(line))
                except ValueError:
                    break
                series.add(metric, moment, heap)
        series.condense(time.time())
        self.rewrite(series)

    def append(self, entries: Iterable[Entry]) -> bool:
        """True: it has grown so long that it should be written anew."""
        if self._file is None:
            return False
        text = "".join(_line(entry) for entry in entries)
        if not text:
            return False
        with self._lock, self._file.open("a", encoding="utf-8") as out:
            out.write(text)
            return out.tell() > LARGEST

    def rewrite(self, series: Series) -> None:
        if self._file is not None:
            with self._lock:
                write_whole(self._file, "".join(_line(entry) for entry in series.entries()))


def _line(entry: Entry) -> str:
    metric, moment, heap = entry
    said = [metric.region, metric.namespace, metric.name, metric.dimensions, moment, heap.unit]
    sums = [heap.count, heap.total, heap.low, heap.high, list(heap.values.items())]
    return json.dumps([*said, *sums], separators=(",", ":")) + "\n"


def _read(said: list[Any]) -> Entry:
    region, namespace, name, dimensions, moment, unit, count, total, low, high, values = said
    metric = Metric.of(region, namespace, name, [(key, value) for key, value in dimensions])
    return metric, moment, Heap(count, total, low, high, Counter(dict(values)), unit)
