"""The memory of an environment: immutable, numbered JSON objects, each made by put-if-absent (`ledger/<number>.json`).

Intents (`start step promote abort done`) are written before the act they speak of, so that whoever comes after a kill knows
what was meant; everything else is a record of what happened. An object that cannot be read is skipped and reported.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from pydantic import BaseModel, TypeAdapter

from tradewind.engine import processes, wire
from tradewind.engine.packs import ENOUGH, Pack
from tradewind.engine.patient import Objects, Patient
from tradewind.engine.session import Session
from tradewind.errors import RefusedError
from tradewind.values import Policy, Version

SCHEMA = 1
PREFIX = "ledger/"
UNSET = datetime.min.replace(tzinfo=UTC)
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
Cause = Literal["", "failed", "timeout", "refused", "interrupted", "superseded", "orphaned", "rollback"]
Result = Literal["", "promoted", "rolled_back", "failed", "down"]


@dataclass(frozen=True)
class Seen:
    """The price when it happened, kept since a catalogue may lose the type: of one replica, or a whole run, for an hour.

    `amount` is a decimal as text, None where nobody knew it: never 0. `low` and `high` are replicas that are paid for (1 for
    a run, whose machines are all in `amount`).
    """

    amount: str | None = None
    currency: str = "USD"
    source: str = ""
    date: str = ""
    derived: bool = False
    machine: str = ""
    region: str = ""
    low: int = 1
    high: int = 1
    nodes: int = 1
    spot: bool = False


@dataclass(frozen=True)
class Note:
    """What the caller knows and the ledger should remember. Free text for people is in `details`; no secrets."""

    commit: str = ""
    run: str = ""  # digest of the training run
    model: str = ""  # URI of the model
    price: str = ""  # the rate seen in the plan, as people write it
    seen: Seen | None = None  # the same as figures; None in entries of tools that did not keep it
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """One object. `rollout` is the number of the `start` it belongs to (its own for a start); 0 outside of rollouts."""

    kind: Kind
    subject: str  # endpoint's name, or a digest
    number: int = 0  # set by `append`, as are time and who
    time: datetime = UNSET  # by the store's clock
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
    token: str = ""  # the writer's; set by `append` where unsaid
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
    """`who` is put into what is appended. Times are the store's. `settings` is the provider's block, to read options back."""

    def __init__(self, store: Objects, who: str = "", settings: type[BaseModel] | None = None) -> None:
        self._store = store
        self._who = who
        self._settings = settings
        self._known: dict[str, Entry | Unreadable] = {}  # objects never change, so each is read once
        self._pack = Pack(store, "ledger")
        self._newer: set[str] = set()
        self._next = 1

    def read(self) -> Reading:
        """Everything that can be read. Raises StorageError only."""
        found = list(self._store.list(PREFIX))
        keys = [entry.key for entry in found]
        fresh = self._pack.get([entry for entry in found if entry.key not in self._known])
        self._known |= {key: self._parse(key, data) for key, data in fresh.items()}
        read = [self._known[key] for key in keys if key in self._known]
        self._next = 1 + max((number for key in keys if (number := _number(key)) is not None), default=0)
        entries = sorted((one for one in read if isinstance(one, Entry)), key=lambda one: one.number)
        unreadable = tuple(one for one in read if isinstance(one, Unreadable))
        return Reading(tuple(entries), unreadable, not self._newer.isdisjoint(keys))

    def known(self, kind: Kind) -> int:
        """How many entries of this kind the last reading had, what was appended since included."""
        return sum(1 for one in self._known.values() if isinstance(one, Entry) and one.kind == kind)

    def history(self) -> tuple[Entry, ...]:
        """What can be read, oldest first."""
        return self.read().entries

    def append(self, entry: Entry, *, check: Callable[[], None] | None = None) -> Entry:
        """Write the next number (the entry's own number, time and who are set here).

        With a `token` the call may be repeated after a lost answer: it then returns what is there.
        `check` is called when somebody else wrote meanwhile, and may raise (a lease's `verify`).
        Raises RefusedError TW512 where a newer tradewind wrote; StorageError.
        """
        # The token makes two writers' objects differ: equal content would count as ours.
        entry = replace(entry, who=entry.who or self._who, token=entry.token or uuid.uuid4().hex)
        while True:
            reading = self.read()
            if (there := next((one for one in reading.entries if one.token == entry.token), None)) is not None:
                return there
            if reading.newer:
                raise newer()
            stamped = replace(entry, number=self._next, time=self._store.now())
            if entry.kind == "start":
                stamped = replace(stamped, rollout=stamped.number)
            key, data = _key(stamped.number), json.dumps(_dump(stamped), ensure_ascii=False).encode()
            if (put := self._store.put_if_absent(key, data)) is not None:
                self._known[key] = stamped
                self._pack.note(put, data)
                if stamped.kind == "done" or self._pack.loose >= ENOUGH:  # a rollout is over: a good time to tidy up
                    self._pack.write()
                return stamped
            if check is not None:
                check()

    def _parse(self, key: str, data: bytes) -> Entry | Unreadable:
        number = _number(key)
        if number is None:
            return Unreadable(key, "its name is no number")
        try:
            said: dict[str, Any] = json.loads(data)
            schema = int(str(said.pop("schema")).removeprefix("tradewind/ledger/"))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return Unreadable(key, "damaged: not the JSON that was written")
        if schema > SCHEMA:
            self._newer.add(key)
        try:
            return replace(_load(said, self._settings), number=number)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            newer = "written by a newer tradewind, in a form that this one does not know"
            return Unreadable(key, newer if schema > SCHEMA else "damaged: a value is missing or wrong")


def newer() -> RefusedError:
    return RefusedError(
        "the ledger of this environment was written by a newer tradewind, so this one does not write to it",
        code="TW512",
        hint="upgrade tradewind; `deploy history` and `deploy status` still work",
    )


def of(session: Session) -> Ledger:
    """The session's ledger, signed by its identity."""
    return Ledger(Patient(session), session.identity.owner or processes.user(), session.info.settings)


def _key(number: int) -> str:
    return f"{PREFIX}{number:08d}.json"


def _number(key: str) -> int | None:
    stem = key.removeprefix(PREFIX).removesuffix(".json")
    return int(stem) if stem.isascii() and stem.isdecimal() else None


@cache
def _entries() -> TypeAdapter[Entry]:
    return TypeAdapter(Entry)


def _dump(entry: Entry) -> wire.Json:
    """Only what is said: a field at its default is left out."""
    bare = replace(entry, version=None, previous=None, policy=None)
    data: wire.Json = _entries().dump_python(bare, mode="json", exclude_defaults=True)
    if entry.version is not None:
        data["version"] = wire.dump_version(entry.version)
    if entry.previous is not None:
        data["previous"] = wire.dump_version(entry.previous)
    if entry.policy is not None:
        data["policy"] = wire.dump_policy(entry.policy)
    return {"schema": f"tradewind/ledger/{SCHEMA}", **data}


def _load(said: wire.Json, settings: type[BaseModel] | None) -> Entry:
    version, previous, policy = (said.pop(name, None) for name in ("version", "previous", "policy"))
    known = {name: value for name, value in said.items() if name in Entry.__dataclass_fields__}
    return replace(
        _entries().validate_python(known),
        version=None if version is None else wire.load_version(version, settings),
        previous=None if previous is None else wire.load_version(previous, settings),
        policy=None if policy is None else wire.load_policy(policy),
    )
