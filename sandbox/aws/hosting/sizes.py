"""Sizes of canaries, steps and batches, in instances."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Said = Mapping[str, Any]


def counted(size: Said, total: int) -> int:
    """A CapacitySize of a fleet of `total` instances: at least one."""
    if size["Type"] == "INSTANCE_COUNT":
        return max(1, min(int(size["Value"]), total))
    return max(1, total * int(size["Value"]) // 100)


def steps(routing: Said, totals: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """By variant, how many new instances get traffic in each step before the last one, which is all of them."""
    if routing["Type"] == "CANARY":
        yield {name: counted(routing["CanarySize"], total) for name, total in totals.items()}
    elif routing["Type"] == "LINEAR":
        sizes = {name: counted(routing["LinearStepSize"], total) for name, total in totals.items()}
        number = 1
        while number == 1 or any(number * sizes[name] < total for name, total in totals.items()):
            yield {name: min(total, number * sizes[name]) for name, total in totals.items()}
            number += 1


def part(count: int, total: int) -> float:
    """Of a variant's requests, for `count` of the new fleet's `total` instances; a single one shares with the old fleet."""
    return count / total if count < total else 0.5
