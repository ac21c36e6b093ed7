"""Holds: a version that failed its rollout is not tried again until somebody releases it. One object a digest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from tradewind.engine.session import Session


@dataclass(frozen=True)
class Hold:
    digest: str
    reason: str
    since: datetime | None  # None where the object is damaged; it still holds
    by: str = ""


def hold(session: Session, digest: str, reason: str) -> Hold:
    """Put a hold on a version; one that is there already stays as it is."""
    raise NotImplementedError


def held(session: Session, digest: str) -> Hold | None:
    """The hold on this digest. A damaged object counts as a hold."""
    raise NotImplementedError


def release(session: Session, digest: str) -> Hold | None:
    """Take the hold away and write that into the ledger; returns what was there. No hold: no error, nothing written."""
    raise NotImplementedError


def every(session: Session) -> tuple[Hold, ...]:
    """All holds in force, oldest first."""
    raise NotImplementedError
