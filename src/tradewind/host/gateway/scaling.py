"""How many replicas a version wants: up at once, down slowly, never outside of min and max."""

from __future__ import annotations

import math

SMOOTH = 3.0  # seconds over which load is averaged for going up
DOWN_AFTER = 60.0  # seconds of too many replicas before one is taken away


class Scaler:
    """Fed with the number of requests in flight; time is monotonic seconds."""

    def __init__(self, low: int, high: int, target: int | None, cooldown: float | None = None) -> None:
        self.wanted = max(1, low)
        self._load = 0.0
        self._seen: float | None = None
        self._low_since: float | None = None
        self.bound(low, high, target, cooldown)

    def bound(self, low: int, high: int, target: int | None, cooldown: float | None = None) -> None:
        """New limits; a size that load has asked for is kept within them. One replica stays, also where `low` is 0."""
        low = max(1, low)
        self._low, self._high, self._target = low, max(low, high), target
        self._down_after = DOWN_AFTER if cooldown is None else cooldown
        self.wanted = min(max(self.wanted, low), self._high) if target else low

    def look(self, now: float, in_flight: int) -> int:
        """The number of replicas wanted from now on."""
        self._load = self._averaged(now, in_flight)
        if not self._target:
            return self.wanted
        need = min(max(math.ceil(self._load / self._target - 0.05), self._low), self._high)
        if need >= self.wanted:
            self._low_since = None
            self.wanted = need
        elif self._low_since is None:
            self._low_since = now
        elif now - self._low_since >= self._down_after:
            self._low_since = now  # one at a time: the rest has to carry its load first
            self.wanted -= 1
        return self.wanted

    def _averaged(self, now: float, in_flight: int) -> float:
        last, self._seen = self._seen, now
        if last is None:
            return float(in_flight)
        part = 1.0 - math.exp(-(now - last) / SMOOTH)
        return self._load + (in_flight - self._load) * part
