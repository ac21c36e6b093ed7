"""deploy.lock: what a spec resolved to, pinned per environment and provider."""

from __future__ import annotations

from tradewind.engine.open import Work
from tradewind.engine.results import LockResult


def refresh(work: Work) -> LockResult:
    """Resolve and write deploy.lock. With `work.upgrade` every pin is renewed, else only what is missing is added.

    With `work.locked` nothing is written and RefusedError says what differs.
    """
    raise NotImplementedError
