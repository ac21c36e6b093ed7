"""What happened, from the ledger."""

from __future__ import annotations

from tradewind.engine.results import History
from tradewind.engine.session import Session


def entries(session: Session, limit: int | None = None) -> History:
    """Newest first, failures with their reasons, and the holds in force."""
    raise NotImplementedError
