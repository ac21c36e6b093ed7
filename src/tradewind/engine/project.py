"""The project as a whole in one environment: status, and freeing the lock."""

from __future__ import annotations

from tradewind.engine.results import StatusResult, UnlockResult
from tradewind.engine.session import Session


def status(session: Session) -> StatusResult:
    """Jobs, endpoint, versions, traffic, holds and who holds the lock."""
    raise NotImplementedError


def unlock(session: Session) -> UnlockResult:
    """Free the deployment lock, whoever holds it. Its owner notices at its next write and stops."""
    raise NotImplementedError
