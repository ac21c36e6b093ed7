"""What happened, from the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from tradewind.cost.rates import UNKNOWN
from tradewind.engine import documents, holds, ledger
from tradewind.engine.holds import Hold
from tradewind.engine.ledger import Entry
from tradewind.engine.results import History, HistoryEntry, HoldDoc
from tradewind.engine.session import Session

Outcome = Literal["done", "failed", "started", ""]
WHAT = {
    "promoted": "rolled_out",
    "rolled_back": "rolled_back",
    "failed": "failed",
    "down": "took_down",
    "": "rolled_out",
}


def entries(session: Session, limit: int | None = None) -> History:
    """Newest first, failures with their reasons, and the holds in force."""
    reading = ledger.of(session).read()
    found = tuple(reversed(tell(reading.entries)))
    notes = [f"{item.key} was skipped: {item.reason}" for item in reading.unreadable]
    if reading.newer:
        notes.append("a newer tradewind wrote here: this one reads what it knows, and writes nothing")
    return History(
        project=session.identity.project,
        environment=session.identity.environment,
        provider=session.identity.provider,
        entries=found if limit is None else found[:limit],
        holds=tuple(hold_doc(hold) for hold in holds.every(session)),
        unreadable=len(reading.unreadable),
        notes=tuple(notes),
    )


def hold_doc(hold: Hold) -> HoldDoc:
    return HoldDoc(digest=hold.digest, reason=hold.reason, since=hold.since, by=hold.by)


def tell(found: Sequence[Entry]) -> tuple[HistoryEntry, ...]:
    """One line a thing that happened, oldest first: all the intents of one rollout are one line."""
    told: list[HistoryEntry] = []
    for entry in found:
        if entry.kind == "start":
            told.append(_rollout(entry, [e for e in found if e.rollout == entry.rollout and e.number > entry.number]))
        elif entry.kind not in ("step", "promote", "abort", "done"):
            told.append(_record(entry))
    return tuple(sorted(told, key=lambda line: line.id))


def _rollout(start: Entry, after: Sequence[Entry]) -> HistoryEntry:
    """Told at the time of its end; one without an end is still under way, or its owner died."""
    done = next((e for e in reversed(after) if e.kind == "done"), None)
    abort = next((e for e in reversed(after) if e.kind == "abort"), None)
    what = "rolled_back" if start.style == "rollback" else ("took_down" if start.style == "down" else "rolled_out")
    if done is not None and start.style in ("first", "update"):
        what = WHAT[done.outcome]
    failed = done is not None and done.outcome in ("failed", "rolled_back") and start.style != "down"
    reason = (abort.reason if abort else "") or (done.reason if done else "") or start.reason
    details: dict[str, str] = {"style": start.style}
    if abort is not None and abort.cause:
        details["cause"] = abort.cause
    if start.before:
        details["before"] = start.before
    return _told(done or start, start, what, "failed" if failed else ("done" if done else "started"), reason, details)


def _record(entry: Entry) -> HistoryEntry:
    failed = entry.outcome == "failed"
    what = "train_failed" if failed and entry.kind == "trained" else entry.kind
    return _told(entry, entry, what, "failed" if failed else "done", entry.reason, {"subject": entry.subject})


def _told(at: Entry, about: Entry, what: str, outcome: Outcome, reason: str, details: dict[str, str]) -> HistoryEntry:
    trained = about.kind == "trained"
    price = documents.price(UNKNOWN).model_copy(update={"text": about.note.price or "unknown"})
    return HistoryEntry(
        id=f"{at.number:08d}",
        time=at.time,
        what=what,
        outcome=outcome,
        who=at.who,
        commit=about.note.commit,
        run=about.digest if trained else about.note.run,
        version="" if trained else about.digest,
        model=about.note.model or (about.version.model.uri if about.version else None),
        reason=reason,
        rate=price,
        details={**details, **about.note.details},
    )
