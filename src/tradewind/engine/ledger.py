"""The memory of an environment: immutable, numbered JSON objects, each made by put-if-absent (`ledger/<number>.json`).

Intents (`start step promote abort done`) are written before the act they speak of, so that whoever comes after a kill knows
what was meant; everything else is a record of what happened. An object that cannot be read is skipped and reported.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tradewind.engine.session import Session
from tradewind.storage.base import Store
from tradewind.values import Policy, Version

SCHEMA = 1
Kind = Literal[
    "start",  # a rollout begins: `version` is to come in beside `previous`, as `policy` says; `style` says what for
    "step",  # the share of the new version is about to become `share`
    "promote",  # decided: the new version is the one; never back from here
    "abort",  # decided: back to the old version, because of `reason`
    "done",  # the rollout is over, with `outcome`
    "adjusted",  # size or target changed in place
    "retired",  # the version that was kept for going back is being removed
    "trained",
    "held",
    "released",
    "took_down",
]
Style = Literal["first", "update", "rollback", "down"]
Cause = Literal["", "failed", "timeout", "interrupted", "superseded", "orphaned", "rollback"]
Result = Literal["", "promoted", "rolled_back", "failed", "down"]


@dataclass(frozen=True)
class Note:
    """What the caller knows and the ledger should remember. Free text for people is in `details`; no secrets."""

    commit: str = ""
    run: str = ""  # digest of the training run
    model: str = ""  # URI of the model
    price: str = ""  # the rate seen in the plan, as people write it
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One object. `rollout` is the number of the `start` it belongs to (its own for a start); 0 outside of rollouts."""

    number: int
    time: datetime  # by the store's clock
    kind: Kind
    subject: str  # endpoint's name, or a digest
    who: str = ""
    lease: int = 0  # number of the lease it was written under
    rollout: int = 0
    style: Style | Literal[""] = ""
    digest: str = ""
    before: str = ""  # digest of the version that served before
    share: int | None = None
    cause: Cause = ""
    outcome: Result = ""
    reason: str = ""
    hold: bool = False  # abort: the digest gets a hold
    live: int = 0  # start: replicas of the old version that answered
    keep_until: datetime | None = None  # done: how long the old version stays
    version: Version | None = None
    previous: Version | None = None
    policy: Policy | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    note: Note = field(default_factory=Note)


@dataclass(frozen=True)
class Unreadable:
    """An object of the ledger that had to be skipped. It is left where it is."""

    key: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """The whole ledger, oldest first. `newer`: a newer tradewind wrote here, so this one must not write."""

    entries: tuple[Entry, ...]
    unreadable: tuple[Unreadable, ...] = ()
    newer: bool = False


class Ledger:
    """`who` is put into what is appended. Times are the store's."""

    def __init__(self, store: Store, who: str = "") -> None:
        self._store = store
        self._who = who

    def read(self) -> Reading:
        """Everything that can be read. Raises StorageError only."""
        raise NotImplementedError

    def history(self) -> tuple[Entry, ...]:
        """What can be read, oldest first."""
        return self.read().entries

    def append(self, entry: Entry) -> Entry:
        """Write the next number (the entry's own number, time and who are set here).

        Raises RefusedError TW512 where a newer tradewind wrote; StorageError.
        """
        raise NotImplementedError


def of(session: Session) -> Ledger:
    """The session's ledger, signed by its identity."""
    return Ledger(session.store, session.identity.owner)


def entry(kind: Kind, subject: str, **fields: object) -> Entry:
    """A record to append: number, time and who are filled in by `append`."""
    raise NotImplementedError
