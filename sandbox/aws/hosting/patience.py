"""How long a container may take until it answers its pings well."""

from __future__ import annotations

REFUSED = 3.0  # seconds of pings answered with an error: the process is up, and it says no
LOADING = (0, 503)  # no answer, or one that says "not yet"


class Patience:
    """With a container that has not been ready yet. Times are of the monotonic clock.

    The service's own time, by the speed of states, ends at `due`. A process needs real time to come up, so it has until
    `deadline`; but one that answers with errors is up.
    """

    def __init__(self, due: float, deadline: float) -> None:
        self.deadline = deadline
        self._due = due
        self._refused: float | None = None  # since when

    def out(self, now: float, status: int) -> bool:
        if status in LOADING:
            self._refused = None
            return now > self.deadline
        if self._refused is None:
            self._refused = now
        return now > max(self._due, self._refused + REFUSED)
