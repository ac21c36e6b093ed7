"""How long CloudWatch Logs can keep: only these numbers of days (PutRetentionPolicy)."""

from __future__ import annotations

ALLOWED = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


def days(asked: int) -> int:
    """The next that is allowed: longer rather than shorter than was asked."""
    return next(it for it in ALLOWED if it >= asked)
