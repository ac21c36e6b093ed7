"""The lock of an environment: numbered lease objects, each made by put-if-absent. The store's clock decides when one is over.

`lock/<number>.json`; the highest number counts. Renewing makes the next number, and losing that race means stop. A lease that
was not renewed in time is over for its owner even where nobody took it. The highest object always stays, so numbers only grow;
lower ones are swept. On the machine's own clock a thread renews while a call blocks; under any other clock `check` alone does.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from tradewind.engine import poll, processes
from tradewind.engine.clock import SystemClock
from tradewind.engine.patient import Objects, Patient
from tradewind.engine.processes import Process
from tradewind.engine.session import Session
from tradewind.errors import LockedError, StorageError
from tradewind.values import Event

LENGTH = timedelta(seconds=60)
PREFIX = "lock/"
PACE = poll.Pace(timedelta(seconds=0.1), timedelta(seconds=2))


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

    def __str__(self) -> str:
        doing = f", running `{self.command}`" if self.command else ""
        return f"{self.owner} on {self.host} (process {self.pid}{doing}) since {self.since:%Y-%m-%d %H:%M:%S} UTC"


class Lease(Protocol):
    """The lock as its owner holds it."""

    @property
    def number(self) -> int:
        """Grows with every renewal and every owner: the higher one is the newer."""
        ...

    def check(self) -> None:
        """Call before each write; renews in time. Raises LockedError TW511 as soon as the lock is not ours any more."""
        ...

    def verify(self) -> None:
        """As `check`, but always asks the store: for when somebody else seems to have written."""
        ...


@contextmanager
def hold(
    session: Session, wait: timedelta = timedelta(minutes=10), *, command: str = "", length: timedelta = LENGTH
) -> Iterator[Lease]:
    """Hold the environment's lock, waiting up to `wait` for another owner. `command` is shown to whoever finds it locked.

    Raises LockedError (TW510: held for longer than `wait`), InterruptedByUser while waiting, StorageError.
    """
    lease = _acquire(session, wait, _Paper(processes.me(), session.identity.owner or processes.user(), command, length))
    ended = threading.Event()
    if isinstance(session.clock, SystemClock):
        threading.Thread(target=lease.keep, args=(ended,), name="tradewind-lease", daemon=True).start()
    try:
        yield lease
    finally:
        ended.set()
        lease.release()


def owner(session: Session) -> Owner | None:
    """Who holds the lock, or held it last without letting it go; None where it is free."""
    store = Patient(session)
    top = _top(store)
    return None if top is None or top.paper.released else top.owner(store.now())


def unlock(session: Session) -> Owner | None:
    """Free the lock, whoever holds it; returns who that was. The owner notices at its next write and stops."""
    store = Patient(session)
    while (top := _top(store)) is not None and not top.paper.released:
        was = top.owner(store.now())
        if _put(store, top.number + 1, replace(top.paper, released=True).text()):
            _sweep(store, top.number + 1)
            return was
    return None


@dataclass(frozen=True)
class _Paper:
    """What a lease object says."""

    process: Process
    owner: str
    command: str
    length: timedelta
    since: datetime | None = None  # of the first lease of this holder; None: this is the first
    released: bool = False

    def text(self) -> bytes:
        process = self.process
        # The token makes two writers' objects differ: equal content would count as ours.
        return json.dumps(
            {
                "schema": "tradewind/lease/1",
                "owner": self.owner,
                "host": process.host,
                "machine": process.machine,
                "pid": process.pid,
                "started": process.started,
                "command": self.command,
                "seconds": self.length.total_seconds(),
                "since": self.since.isoformat() if self.since else None,
                "released": self.released,
                "token": uuid.uuid4().hex,
            }
        ).encode()

    @staticmethod
    def read(data: bytes) -> _Paper:
        """A damaged object is a lease of somebody unknown, of the usual length."""
        try:
            said: dict[str, Any] = json.loads(data)
            process = Process(str(said["host"]), str(said["machine"]), int(said["pid"]), str(said["started"]))
            since = datetime.fromisoformat(said["since"]) if said["since"] else None
            length = timedelta(seconds=float(said["seconds"]))
            return _Paper(process, str(said["owner"]), str(said["command"]), length, since, bool(said["released"]))
        except (ValueError, KeyError, TypeError, RecursionError, OverflowError):
            return _Paper(Process("an unknown machine", "", 0, ""), "somebody (unreadable lease)", "", LENGTH)


@dataclass(frozen=True)
class _Top:
    """The lease that counts."""

    number: int
    paper: _Paper
    written: datetime  # by the store

    @property
    def until(self) -> datetime:
        return self.written + self.paper.length

    def owner(self, now: datetime) -> Owner:
        paper = self.paper
        since, over = paper.since or self.written, now > self.until or processes.gone(paper.process)
        return Owner(paper.owner, paper.process.host, paper.process.pid, paper.command, since, self.until, over)

    def free(self, now: datetime) -> bool:
        return self.paper.released or self.owner(now).expired


def _key(number: int) -> str:
    return f"{PREFIX}{number:012d}.json"


def _numbers(store: Objects) -> list[tuple[int, datetime]]:
    found = ((entry.key.removeprefix(PREFIX).removesuffix(".json"), entry.modified) for entry in store.list(PREFIX))
    return sorted((int(stem), modified) for stem, modified in found if stem.isdecimal())


def _top(store: Objects) -> _Top | None:
    while numbers := _numbers(store):
        number, written = numbers[-1]
        try:
            return _Top(number, _Paper.read(store.get(_key(number))), written)
        except StorageError as error:
            if error.kind != "missing":  # swept meanwhile: a higher one is there
                raise
    return None


def _put(store: Objects, number: int, data: bytes) -> bool:
    """Whether `number` is ours and counts; the same `data` may be put again when an answer was lost.

    A number that was swept long ago can be made again; it is not the highest, so it is void.
    """
    if store.put_if_absent(_key(number), data) is None and not _says(store, number, data):
        return False
    if (numbers := _numbers(store)) and numbers[-1][0] == number:
        return True
    store.delete(_key(number))
    return False


def _says(store: Objects, number: int, data: bytes) -> bool:
    try:
        return store.get(_key(number)) == data
    except StorageError as error:
        if error.kind == "missing":
            return False
        raise


def _sweep(store: Objects, below: int) -> None:
    for number, _ in _numbers(store):
        if number < below:
            store.delete(_key(number))


def _acquire(session: Session, wait: timedelta, paper: _Paper) -> _Held:
    store, deadline, told, looks = Patient(session), session.clock.now() + wait, False, 0
    while True:
        top, now = _top(store), store.now()
        if top is None or top.free(now):
            number = top.number + 1 if top else 1
            # The local clock is read before the write: what is ours for too short, never for too long.
            asked = session.clock.now()
            if _put(store, number, paper.text()):
                return _Held(session, number, paper, asked)
            continue
        who = top.owner(now)
        if session.clock.now() >= deadline:
            raise LockedError(
                f"{session.identity.project} ({session.identity.environment}) is locked by {who}",
                code="TW510",
                hint="wait longer with --lock-timeout, or, if that run is surely over, free it with `deploy unlock`",
            )
        if not told:
            told = True
            session.report(Event(session.clock.now(), "lock.wait", session.identity.project, f"waiting for {who}"))
        left = deadline - session.clock.now()
        poll.pause(session, min(PACE.after(looks), left))
        looks += 1


class _Held:
    """A lease in hand. The lock serialises the thread that renews with whoever checks."""

    def __init__(self, session: Session, number: int, paper: _Paper, asked: datetime) -> None:
        self._session = session
        self._store = Patient(session)
        self._number = number
        self._renewed = asked
        self._lost = ""
        self._lock = threading.RLock()
        self._paper = replace(paper, since=self._written())
        self._next = self._paper.text()
        self._tidy()

    @property
    def number(self) -> int:
        return self._number

    def check(self) -> None:
        with self._lock:
            self._still_ours()
            age = self._session.clock.now() - self._renewed
            # A clock that went backwards, or far ahead (a suspended machine), says nothing: ask the store.
            if not timedelta(0) <= age < self._paper.length / 3:
                self._renew()

    def verify(self) -> None:
        with self._lock:
            self._still_ours()
            self._renew()

    def keep(self, ended: threading.Event) -> None:
        """Renew until `ended`: the body of the thread."""
        third = self._paper.length.total_seconds() / 3
        pause = third
        while not ended.wait(pause):
            try:
                with self._lock:
                    if ended.is_set():
                        return
                    self._renew()
                pause = third
            except LockedError:  # whoever checks next raises it
                return
            except StorageError:
                pause = min(1.0, third)  # the store may be back in time; if not, `check` says so

    def release(self) -> None:
        with self._lock:
            if self._lost:
                return
            try:
                # Losing this race means that somebody unlocked or took it: free of us either way.
                if _put(self._store, self._number + 1, replace(self._paper, released=True).text()):
                    self._number += 1
                    self._tidy()
            except StorageError as error:
                # Not worth an error of its own: the lease ends by itself.
                text = f"the lock could not be let go and ends by itself: {error.message}"
                self._session.report(
                    Event(self._session.clock.now(), "lock.left", self._session.identity.project, text)
                )

    def _renew(self) -> None:
        """May be called again after it failed: what is `_next` is then put, or found, a second time."""
        top, asked = _top(self._store), self._session.clock.now()
        if top is not None and top.number == self._number + 1 and _says(self._store, top.number, self._next):
            self._renewed_at(
                asked - self._paper.length / 3
            )  # put by a call that got no answer; when exactly is not known
        elif top is None or top.number != self._number:
            freed = top is None or (top.paper.released and top.paper.process == self._paper.process)
            self._lose("somebody freed it (`deploy unlock`)" if top is None or freed else self._taken(top))
        elif self._store.now() > top.until:
            self._lose("it was not renewed in time (a machine that slept, or a store that did not answer)")
        elif _put(self._store, self._number + 1, self._next):
            self._renewed_at(asked)
        else:
            self._lose("somebody else took it")
        self._still_ours()

    def _renewed_at(self, moment: datetime) -> None:
        self._number += 1
        self._next = self._paper.text()
        self._renewed = moment
        self._tidy()

    def _lose(self, how: str) -> None:
        self._lost = how

    def _still_ours(self) -> None:
        if self._lost:
            raise LockedError(
                f"this run lost the lock: {self._lost}; nothing more was written",
                code="TW511",
                hint="run the same command again: it goes on from what stands",
            )

    def _taken(self, top: _Top) -> str:
        over = ", and has let it go since" if top.paper.released else ""
        return f"it was taken over by {top.owner(self._store.now())}{over}"

    def _written(self) -> datetime:
        return next((at for number, at in _numbers(self._store) if number == self._number), self._store.now())

    def _tidy(self) -> None:
        try:
            _sweep(self._store, self._number)
        except StorageError as error:
            text = f"old lease objects could not be removed: {error.message}"
            self._session.report(Event(self._session.clock.now(), "lock.sweep", self._session.identity.project, text))
