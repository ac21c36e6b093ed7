"""The lock of an environment: numbered lease objects, each made by put-if-absent. The store's clock decides when one is over.

`lock/<number>.json`; the highest number counts. Renewing makes the next number, and losing that race means stop. A lease that
was not renewed in time is over for its owner even where nobody took it. The highest object always stays, so numbers only grow.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from tradewind.engine.session import Session

LENGTH = timedelta(seconds=60)


@dataclass(frozen=True)
class Owner:
    """Who holds (or held) the lock. Times are by the store's clock; `expired` means that anybody may take it."""

    owner: str  # person or CI job, as the session's identity says, else the machine's user
    host: str
    pid: int
    command: str
    since: datetime
    until: datetime
    expired: bool = False


class Lease(Protocol):
    """The lock as its owner holds it."""

    @property
    def number(self) -> int:
        """Grows with every renewal and every owner: the higher one is the newer."""
        ...

    def check(self) -> None:
        """Call before each write; renews in time. Raises LockedError as soon as the lock is not ours any more."""
        ...


@contextmanager
def hold(
    session: Session, wait: timedelta = timedelta(minutes=10), *, command: str = "", length: timedelta = LENGTH
) -> Iterator[Lease]:
    """Hold the environment's lock, waiting up to `wait` for another owner. `command` is shown to whoever finds it locked.

    Raises LockedError (TW510: held for longer than `wait`), InterruptedByUser while waiting, StorageError.
    """
    raise NotImplementedError
    yield


def owner(session: Session) -> Owner | None:
    """Who holds the lock, or held it last without letting it go; None where it is free."""
    raise NotImplementedError


def unlock(session: Session) -> Owner | None:
    """Free the lock, whoever holds it; returns who that was. The owner notices at its next write and stops."""
    raise NotImplementedError
