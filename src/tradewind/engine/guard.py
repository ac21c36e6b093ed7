"""`endpoint guard`, for cron or CI: ends what a dead owner left, as `on_orphan` says, and retires what `keep` kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tradewind.engine.session import Session


@dataclass(frozen=True)
class GuardResult:
    """`did`: nothing · waited (a live owner holds the lock) · reverted · finished · retired (an old version past `keep`)."""

    endpoint: str
    did: Literal["nothing", "waited", "reverted", "finished", "retired"]
    reason: str = ""
    serves: str = ""  # digest with the most traffic; "" without any

    @property
    def changed(self) -> bool:
        return self.did not in ("nothing", "waited")


def guard(session: Session, endpoint: str) -> GuardResult:
    """Look, and end what must be ended. Repeatable and safe at any time. Raises ProviderError, StorageError."""
    raise NotImplementedError
