"""Who answers the next request: a variant by its weight, a fleet of it by its share, an instance by its load."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from tradewind.sandbox.aws.hosting.fleet import Fleet


@dataclass(frozen=True)
class Lane:
    """A fleet and its part of the requests, in any unit."""

    variant: str
    fleet: Fleet
    weight: float


class Route:
    """Smooth weighted round robin: exact over short runs, and never in a burst. All on the loop's thread."""

    def __init__(self) -> None:
        self._lanes: tuple[Lane, ...] = ()
        self._credit: dict[int, float] = {}

    @property
    def lanes(self) -> tuple[Lane, ...]:
        return self._lanes

    def set(self, lanes: Iterable[Lane]) -> None:
        self._lanes = tuple(lanes)
        self._credit = {}

    def has(self, variant: str) -> bool:
        return any(lane.variant == variant for lane in self._lanes)

    def pick(self, variant: str | None = None) -> Lane | None:
        """Among those that can answer now; a named variant answers whatever its weight is. None: nobody can."""
        able = [lane for lane in self._lanes if variant in (None, lane.variant) and lane.fleet.able]
        weighted = [lane for lane in able if lane.weight > 0]
        if not weighted:
            return able[0] if able and variant is not None else None
        if len(weighted) == 1:
            return weighted[0]
        for lane in weighted:
            self._credit[id(lane.fleet)] = self._credit.get(id(lane.fleet), 0.0) + lane.weight
        chosen = max(weighted, key=lambda lane: self._credit[id(lane.fleet)])
        self._credit[id(chosen.fleet)] -= sum(lane.weight for lane in weighted)
        return chosen


def shares(
    blue: Mapping[str, Fleet], green: Mapping[str, Fleet], weights: Mapping[str, float], parts: Mapping[str, float]
) -> list[Lane]:
    """Each variant's weight, split by the part that its green fleet gets."""
    lanes = []
    for variant, weight in weights.items():
        part = parts.get(variant, 0.0) if variant in green else 0.0
        if variant in blue and part < 1:
            lanes.append(Lane(variant, blue[variant], weight * (1 - part)))
        if part > 0:
            lanes.append(Lane(variant, green[variant], weight * part))
    return lanes
