"""Shares of traffic, exact over short runs: smooth weighted round robin."""

from __future__ import annotations

from collections.abc import Collection, Mapping


class Shares:
    """Of any 100 picks in a row, each slot gets its percent; and never in a burst."""

    def __init__(self) -> None:
        self._weights: dict[str, int] = {}
        self._credit: dict[str, int] = {}

    @property
    def weights(self) -> Mapping[str, int]:
        return self._weights

    def set(self, weights: Mapping[str, int]) -> None:
        kept = {slot: weight for slot, weight in weights.items() if weight > 0}
        if kept != self._weights:
            self._weights = kept
            self._credit = dict.fromkeys(kept, 0)

    def pick(self, able: Collection[str]) -> str | None:
        """The next slot among those able to answer. None: none of those with a share is able."""
        weights = {slot: weight for slot, weight in self._weights.items() if slot in able}
        if not weights:
            return None
        if len(weights) == 1:
            return next(iter(weights))
        for slot, weight in weights.items():
            self._credit[slot] += weight
        chosen = max(weights, key=lambda slot: self._credit[slot])
        self._credit[chosen] -= sum(weights.values())
        return chosen


class Percent:
    """True for exactly that percent of calls, evenly spread."""

    def __init__(self) -> None:
        self._sum = 0

    def hit(self, percent: int) -> bool:
        self._sum += percent
        if self._sum < 100:
            return False
        self._sum -= 100
        return True
