"""Metric lines: `tw.metric loss=0.25 accuracy=0.9 step=3` on stdout. Writer and parser, so that they cannot drift apart."""

from __future__ import annotations

import math
import re
from typing import NamedTuple

PREFIX = "tw.metric"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_./-]*")
_LINE = re.compile(r"(?:^|\s)tw\.metric\s+(.*)$")
_PAIR = re.compile(r"([A-Za-z_][A-Za-z0-9_./-]*)=(\S+)")


class Metric(NamedTuple):
    name: str
    value: float
    step: int | None = None


def line(step: int | None = None, **values: float) -> str:
    """The line for some metrics of one step. Raises ValueError for a name or value that the parser would not read."""
    if not values:
        raise ValueError("a metric line needs at least one name=value")
    for name in values:
        if name == "step" or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot be the name of a metric")
    pairs = [f"{name}={float(value)!r}" for name, value in values.items()]
    return " ".join([PREFIX, *pairs, *([] if step is None else [f"step={int(step)}"])])


def log(step: int | None = None, **values: float) -> None:
    """Print the line at once."""
    print(line(step, **values), flush=True)


def parse(text: str) -> list[Metric]:
    """The metrics in a line of a log, which may carry a time stamp before them; none in any other line."""
    found = _LINE.search(text)
    if not found:
        return []
    pairs = [(name, _number(value)) for name, value in _PAIR.findall(found.group(1))]
    steps = [int(value) for name, value in pairs if name == "step" and value is not None and math.isfinite(value)]
    step = steps[-1] if steps else None
    return [Metric(name, value, step) for name, value in pairs if name != "step" and value is not None]


def _number(text: str) -> float | None:
    try:
        return float(text.rstrip(",;"))
    except ValueError:
        return None
