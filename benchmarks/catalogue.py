"""How long the shipped prices take to read: in one process that has tradewind's values loaded already, medians of many.

Bare JSON parsing of the same bytes stands beside it, so that a slow machine is seen for what it is.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

from tradewind.cost.catalogue import SHIPPED, Catalogue
from tradewind.machines import facts

ROUNDS = 41


def median(work: Callable[[], object]) -> float:
    """Milliseconds of this process alone, each round from cold: no catalogue, no facts."""
    taken = []
    for _ in range(ROUNDS):
        facts.instances.cache_clear()
        facts._by_id.cache_clear()
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return statistics.median(taken) * 1000


def figures() -> list[tuple[str, str, str]]:
    files = [(SHIPPED / f"{service}.json").read_bytes() for service in facts.services()]
    whole = len(list(Catalogue().every()))
    rows = {
        "prices: json.loads of the files": (median(lambda: [json.loads(file) for file in files]), ""),
        "prices: one price": (median(_one), "goal 15 ms"),
        "prices: what a service offers in a region": (median(_offers), "goal 15 ms"),
        f"prices: every one ({whole})": (median(lambda: list(Catalogue().every())), "goal 50 ms"),
    }
    return [(name, f"{took:.1f} ms", goal) for name, (took, goal) in rows.items()]


def _one() -> object:
    return Catalogue().quote("sagemaker", "train", "us-east-1", "ml.g5.xlarge")


def _offers() -> object:
    return Catalogue().offers("vertex", "serve", "us-central1")


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
