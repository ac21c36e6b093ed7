"""The session's store for small objects, with every call repeated where the store's fault may pass.

A conditional write whose answer was lost is then told as "it was there": whoever writes puts a token in, and looks whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from tradewind.engine import poll
from tradewind.engine.session import Session
from tradewind.storage.base import Entry

T = TypeVar("T")


class Objects(Protocol):
    """The part of a `Store` that locks, ledger, claims, holds and packs need."""

    def get(self, key: str) -> bytes: ...

    def put(self, key: str, data: bytes) -> Entry: ...

    def put_if_absent(self, key: str, data: bytes) -> Entry | None: ...

    def list(self, prefix: str = "") -> Iterator[Entry]: ...

    def delete(self, key: str) -> None: ...

    def now(self) -> datetime: ...


class Patient:
    """Never interrupted by a stop: what is written here is part of putting things in order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._store = session.store

    def get(self, key: str) -> bytes:
        return self._again(lambda: self._store.get(key))

    def put(self, key: str, data: bytes) -> Entry:
        return self._again(lambda: self._store.put(key, data))

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        return self._again(lambda: self._store.put_if_absent(key, data))

    def list(self, prefix: str = "") -> Iterator[Entry]:
        found = self._again(lambda: tuple(self._store.list(prefix)))
        return iter(found)

    def delete(self, key: str) -> None:
        self._again(lambda: self._store.delete(key))

    def now(self) -> datetime:
        return self._again(self._store.now)

    def _again(self, call: Callable[[], T]) -> T:
        return poll.retry(self._session, call, heed_stop=False)
