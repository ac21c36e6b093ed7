"""The hands of a rollout: every look, write and record goes through here, each write only while the lease is ours."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tradewind.engine import ledger, poll
from tradewind.engine.lease import Lease
from tradewind.engine.ledger import Entry, Ledger
from tradewind.engine.patient import Patient
from tradewind.engine.recall import Memory, recall
from tradewind.engine.session import Session
from tradewind.engine.traffic import serving
from tradewind.errors import ProviderError
from tradewind.providers.base import NativeRollout, Server
from tradewind.values import Event, Observed, Policy, Version, Wanted

LOG_LINES = 20
LOG_PAGES = 50
LOOKS_LATE = timedelta(seconds=30)  # how long a target may go on showing what was, at most


@dataclass(frozen=True)
class Acts:
    session: Session
    endpoint: str
    lease: Lease
    server: Server
    ledger: Ledger
    tags: Mapping[str, str]

    @property
    def native(self) -> NativeRollout | None:
        return self.server if isinstance(self.server, NativeRollout) else None

    def observe(self) -> Observed | None:
        return poll.retry(self.session, lambda: self.server.observe(self.endpoint), heed_stop=False)

    def fresh(self, memory: Memory) -> Observed | None:
        """A look that shows what our last rollout did, where it was only just: on some targets a look is late for a while.

        Whoever began from an old picture could put a new version into the seat of the one that serves.
        """
        end = memory.served
        if end is None or self.store_now() - end.time > LOOKS_LATE:
            return self.observe()
        deadline, looks = self.after(LOOKS_LATE), 0
        while True:
            observed = self.observe()
            now = serving(observed)
            shown = (now.digest if now else "") == (end.digest if end.outcome == "promoted" else "")
            if shown or self.session.clock.now() >= deadline:
                return observed
            poll.pause(self.session, poll.PACE.after(looks))
            looks += 1

    def memory(self) -> Memory:
        """Reports what could not be read, each time: a rollout that goes on without a part of its memory should say so."""
        reading = self.ledger.read()
        for lost in reading.unreadable:
            self.tell("ledger.unreadable", f"{lost.key} was skipped: {lost.reason}")
        return recall(reading, self.endpoint)

    def wanted(self, versions: tuple[Version, ...], traffic: Mapping[str, int]) -> Wanted:
        return Wanted(self.endpoint, versions, traffic, tags=self.tags)

    def settle(
        self,
        want: Wanted,
        done: Callable[[Observed], bool],
        *,
        deadline: datetime | None = None,
        heed_stop: bool = True,
        policy: Policy | None = None,
    ) -> Observed:
        """Ask for `want` until `done`; natively where a `policy` is given. Raises as `poll.until`, and LockedError."""
        native = self.native

        def step() -> Observed:
            self.lease.check()
            if policy is not None and native is not None:
                return native.advance_natively(want, policy)
            return self.server.advance(want)

        what = f"endpoint {self.endpoint}"
        return poll.until(self.session, step, done, what=what, deadline=deadline, heed_stop=heed_stop)

    def record(self, entry: Entry) -> Entry:
        """Into the ledger, before the act that it speaks of."""
        self.lease.check()
        signed = replace(entry, lease=self.lease.number, token=uuid.uuid4().hex)
        return self.ledger.append(signed, check=self.lease.verify)

    def tell(self, kind: str, text: str, **data: str | int | float | bool | None) -> None:
        self.session.report(Event(self.session.clock.now(), kind, self.endpoint, text, data))

    def store_now(self) -> datetime:
        return Patient(self.session).now()

    def after(self, duration: timedelta) -> datetime:
        return self.session.clock.now() + duration

    def has_log(self, slot: str) -> bool:
        """Whether the log of what was in this seat can still be read."""
        try:
            return bool(self.server.logs(self.endpoint, slot, None).lines)
        except ProviderError:  # no log is no reason to fail: this is about a hint
            return False

    def last_lines(self, slot: str) -> tuple[str, ...]:
        """The end of a version's log, for people; nothing where it cannot be had."""
        lines: deque[str] = deque(maxlen=LOG_LINES)
        cursor: str | None = None
        try:
            for _ in range(LOG_PAGES):
                page = self.server.logs(self.endpoint, slot, cursor)
                lines.extend(line.text for line in page.lines)
                if page.end or not page.lines or page.cursor == cursor:
                    break
                cursor = page.cursor
        except ProviderError as error:
            self.tell("rollout.log", f"its log could not be read: {error.message}")
        return tuple(lines)


def acts(session: Session, endpoint: str, lease: Lease, tags: Mapping[str, str] | None = None) -> Acts:
    """`tags` unsaid: those that the ledger remembers, else the identity's own."""
    book, server = ledger.of(session), session.provider.server()
    known = Acts(session, endpoint, lease, server, book, session.identity.tags)
    said = tags if tags is not None else known.memory().tags
    return replace(known, tags={**session.identity.tags, **said})
