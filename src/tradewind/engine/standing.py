"""How long versions stood, and how many replicas, as the ledger tells it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from tradewind.engine.ledger import Entry, Seen


@dataclass(frozen=True)
class Stood:
    """A version's machines from `begin` to `end`, None where they still stand. `price` None: the entry does not tell it."""

    endpoint: str
    digest: str
    begin: datetime
    low: int
    high: int
    price: Seen | None = None
    end: datetime | None = None
    tags: Mapping[str, str] = field(default_factory=dict)


def periods(entries: Sequence[Entry]) -> tuple[Stood, ...]:
    """Oldest first. A version's machines are there from the start of its rollout, whatever share of the requests it has, to
    its replacement, its own failure, or the end of being kept for going back.
    """
    book = _Book()
    for entry in entries:
        book.take(entry)
    return tuple(sorted([*book.over, *book.open.values()], key=lambda one: (one.begin, one.digest)))


class _Book:
    def __init__(self) -> None:
        self.open: dict[tuple[str, str], Stood] = {}
        self.over: list[Stood] = []
        self._seen: dict[tuple[str, str], Seen] = {}
        self._coming: dict[int, Entry] = {}

    def take(self, entry: Entry) -> None:
        if entry.kind == "start" and entry.style != "down":
            self._coming[entry.rollout] = entry
            if (entry.subject, entry.digest) not in self.open:  # one that was kept stands already
                self._begin(entry)
        elif entry.kind == "adjusted":
            self._close(entry.subject, entry.digest, entry.time)
            self._begin(entry)
        elif entry.kind == "retired":
            self._close(entry.subject, entry.digest, entry.time)
        elif entry.kind == "took_down" or (entry.kind == "done" and entry.outcome == "down"):
            for subject, digest in list(self._of(entry.subject)):
                self._close(subject, digest, entry.time)
        elif entry.kind == "done":
            self._done(entry)

    def _done(self, entry: Entry) -> None:
        start = self._coming.pop(entry.rollout, None)
        digest = entry.digest or (start.digest if start else "")
        before = entry.before or (start.before if start else "")
        if entry.outcome in ("rolled_back", "failed"):
            self._close(entry.subject, digest, entry.time)
        elif before and before != digest and entry.keep_until is None:
            self._close(entry.subject, before, entry.time)

    def _begin(self, entry: Entry) -> None:
        key = (entry.subject, entry.digest)
        price = entry.note.seen or self._seen.get(key)  # going back asks for no price: it is what it was
        if price is not None:
            self._seen[key] = price
        version = entry.version
        low, high = (version.min, version.max) if version else (1, 1)
        if entry.note.seen is not None:
            low, high = entry.note.seen.low, entry.note.seen.high
        self.open[key] = Stood(entry.subject, entry.digest, entry.time, low, max(low, high), price, tags=entry.tags)

    def _close(self, subject: str, digest: str, moment: datetime) -> None:
        stood = self.open.pop((subject, digest), None)
        if stood is not None:
            self.over.append(replace(stood, end=max(moment, stood.begin)))

    def _of(self, subject: str) -> Iterator[tuple[str, str]]:
        return (key for key in self.open if key[0] == subject)
