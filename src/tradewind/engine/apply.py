"""`up` and `down`: make the plan true."""

from __future__ import annotations

from datetime import timedelta

from tradewind.engine.open import LOCK_TIMEOUT, Agreed, Work
from tradewind.engine.results import DownResult, UpResult
from tradewind.engine.session import Session


def up(
    work: Work, session: Session, agreed: Agreed | None = None, *, lock_timeout: timedelta = LOCK_TIMEOUT
) -> UpResult:
    """Train if needed, roll out, and say how to use it. Repeatable; identical calls at once do the work once.

    Raises RefusedError, BudgetError, FailedError, RolledBackError, TimedOutError, LockedError, InterruptedByUser,
    ProviderError, StorageError.
    """
    raise NotImplementedError


def down(
    session: Session,
    agreed: Agreed | None = None,
    *,
    protect: bool = False,
    purge: bool = False,
    lock_timeout: timedelta = LOCK_TIMEOUT,
) -> DownResult:
    """Remove jobs still running, the endpoint, its versions and logs; with `purge` also models, data and ledger.

    `protect` (the spec's) refuses unless `agreed.unprotect` names the project, the environment or the endpoint.
    Repeatable; a half-done one continues. Raises RefusedError, LockedError, ProviderError, StorageError, InterruptedByUser.
    """
    raise NotImplementedError
