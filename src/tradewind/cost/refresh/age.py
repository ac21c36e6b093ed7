"""How old prices are: list prices change, and an old comparison may point at the wrong cloud."""

from __future__ import annotations

from datetime import date

STALE_AFTER = 60  # days after which prices are worth a refresh


def days(day: str, today: date) -> int:
    """Since `day`, which is YYYY-MM-DD; 0 for one that is still to come. Raises ValueError for what is no day."""
    return max(0, (today - date.fromisoformat(day)).days)
