"""What was spent, estimated: hours that the ledger and the runs tell, at the list prices that were seen then. Not a bill."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from tradewind.cost import rates
from tradewind.cost.span import Span
from tradewind.engine import claims, digests, ledger, poll
from tradewind.engine.claims import Attempt
from tradewind.engine.ledger import Entry, Seen
from tradewind.engine.patient import Patient
from tradewind.engine.results import Amount, Spending, SpendingRow
from tradewind.engine.session import Session
from tradewind.engine.standing import Stood, periods
from tradewind.errors import ProviderError
from tradewind.values import JobStatus

LABEL = "estimated from list prices, not a bill"
NEWER = "a newer tradewind wrote here: this one counts what it knows, and writes nothing"
HOUR = Decimal(3600)
FREE = Seen("0", source="free on this machine")


@dataclass(frozen=True)
class Spent:
    """`hours` and `money` None: unknown, because of `why`; never 0 for that."""

    use: str  # serve, train
    name: str  # digest of the version, name of the run
    hours: Span | None
    money: Span | None
    currency: str = "USD"
    why: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    environment: str = ""


def of(session: Session, by: str = "each", since: timedelta | None = None) -> Spending:
    """`by`: each, version, run, environment, project, or tag:NAME. Raises StorageError."""
    return of_all((session,), by, since)


def of_all(sessions: Sequence[Session], by: str, since: timedelta | None = None, notes: Sequence[str] = ()) -> Spending:
    """Of several environments of one project, at least one. `environment` and `provider` of the answer name them all.

    Raises StorageError.
    """
    looks = [_look(session, since) for session in sessions]
    found = tuple(one for look in looks for one in look.found)
    first = sessions[0].identity
    return Spending(
        project=first.project,
        environment=_each(look.environment for look in looks),
        provider=_each(session.identity.provider for session in sessions),
        since=None if since is None else min(look.until for look in looks) - since,
        until=max(look.until for look in looks),
        by=by,
        label=LABEL,
        rows=rows(found, by, first.project),
        totals=tuple(row.amount for row in rows(found, "total", first.project)),
        notes=(*notes, *(_noted(look, note, len(looks) > 1) for look in looks for note in look.notes)),
    )


@dataclass(frozen=True)
class _Look:
    environment: str
    found: tuple[Spent, ...]
    until: datetime
    notes: tuple[str, ...]


def _look(session: Session, since: timedelta | None) -> _Look:
    reading = ledger.of(session).read()
    now = Patient(session).now()
    begin = None if since is None else now - since
    attempts, blind = _asked(session, claims.every(session))
    environment = session.identity.environment
    found = spent(reading.entries, attempts, now, begin, free=session.info.free)
    notes = [f"{item.key} was skipped: {item.reason}" for item in reading.unreadable] + blind
    if reading.newer:
        notes.append(NEWER)
    if session.info.free:
        notes.append("0, since all is free on this machine")
    return _Look(environment, tuple(replace(one, environment=environment) for one in found), now, tuple(notes))


def _each(said: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(said))


def _noted(look: _Look, note: str, several: bool) -> str:
    return f"{look.environment}: {note}" if several else note


def _asked(session: Session, attempts: Sequence[Attempt]) -> tuple[Sequence[Attempt], list[str]]:
    """What nobody followed to its end, as the target tells it now; a note where it cannot be asked."""
    names = [one.name for one in attempts if not one.outcome]
    if not names:
        return attempts, []
    try:
        seen = poll.retry(session, lambda: session.provider.trainer().status(names))
    except ProviderError as error:
        return attempts, [f"the runs without an end could not be asked about: {error.said or error.message}"]
    return [_as_told(one, seen.get(one.name)) for one in attempts], []


def _as_told(attempt: Attempt, status: JobStatus | None) -> Attempt:
    if attempt.outcome or status is None:
        return attempt
    outcome: claims.Outcome = next((one for one in claims.OUTCOMES if one == status.state), "")
    return replace(attempt, how=status, outcome=outcome, ended=status.ended)


def spent(
    entries: Sequence[Entry], attempts: Iterable[Attempt], now: datetime, since: datetime | None, *, free: bool
) -> tuple[Spent, ...]:
    """Every version's stand and every attempt, failed ones too."""
    served = [_served(stood, now, since, free) for stood in periods(entries)]
    told = {entry.subject: entry for entry in entries if entry.kind == "trained"}
    trained = [_trained(one, told.get(one.name), now, since, free) for one in attempts]
    return tuple(one for one in (*served, *trained) if one is not None)


def _served(stood: Stood, now: datetime, since: datetime | None, free: bool) -> Spent | None:
    hours = _hours(stood.begin, stood.end or now, since)
    if since is not None and stood.end is not None and stood.end <= since:
        return None
    every = Span(hours * stood.low, hours * stood.low, hours * stood.high)
    return _priced("serve", stood.digest, every, stood.price, free, dict(stood.tags))


def _trained(it: Attempt, entry: Entry | None, now: datetime, since: datetime | None, free: bool) -> Spent | None:
    end = it.ended or now
    if it.refused is not None or (since is not None and it.outcome and end <= since):
        return None  # the target never had it, or it is of another time
    price = (entry.note.seen if entry else None) or it.seen
    tags = dict(entry.tags) if entry else {}
    if not it.outcome and (it.how is None or it.how.started is None):
        return Spent("train", it.name, None, _free(free), why="has no end yet, as far as the ledger knows", tags=tags)
    how = it.how
    # Billed seconds of an interruptible run are made shorter by the cloud to show its discount, which the rate has already.
    if how is not None and how.billed is not None and not (price and price.spot):
        hours = Span.exactly(min(_seconds(how.billed) / HOUR, _hours(end - how.billed, end, since)))
    elif how is not None and how.started is not None:
        hours = Span.exactly(_hours(how.started, how.ended or end, since))
    else:
        hours = Span(Decimal(0), Decimal(0), _hours(it.since, end, since))  # waiting for a machine is in it
    return _priced("train", it.name, hours, price, free, tags)


def _priced(use: str, name: str, hours: Span, price: Seen | None, free: bool, tags: dict[str, str]) -> Spent:
    price = FREE if free else price
    if price is None or price.amount is None:
        why = "has no price in the ledger" if price is None else f"had no known price ({price.machine})"
        return Spent(use, name, hours, None, why=why, tags=tags)
    return Spent(use, name, hours, hours.times(Span.exactly(Decimal(price.amount))), price.currency, tags=tags)


def _free(free: bool) -> Span | None:
    return Span.exactly(0) if free else None


def _hours(begin: datetime, end: datetime, since: datetime | None) -> Decimal:
    """Never less than none, however the clocks of two machines differ."""
    return _seconds(end - (begin if since is None else max(begin, since))) / HOUR


def _seconds(value: timedelta) -> Decimal:
    return max(Decimal(0), Decimal(value // timedelta(microseconds=1)) / 1_000_000)


def rows(found: Sequence[Spent], by: str, project: str) -> tuple[SpendingRow, ...]:
    """One row a group and currency, in order of their first; what is unknown is named in its row."""
    groups: dict[tuple[str, str], list[Spent]] = {}
    for one in found:
        groups.setdefault((_group(one, by, project), one.currency), []).append(one)
    return tuple(_row(name, currency, group) for (name, currency), group in groups.items())


def _group(one: Spent, by: str, project: str) -> str:
    if by == "environment":
        return one.environment
    if by == "project":
        return project
    if by == "total":
        return "total"
    if by.startswith("tag:"):
        name = by.removeprefix("tag:")
        return one.tags.get(name) or f"without {name}"
    if (by == "version" and one.use == "train") or (by == "run" and one.use == "serve"):
        return "training" if one.use == "train" else "serving"
    return _name(one)


def _name(one: Spent) -> str:
    return f"version {digests.short(one.name)}" if one.use == "serve" else f"run {one.name}"


def _row(name: str, currency: str, group: Sequence[Spent]) -> SpendingRow:
    hours = sum((one.hours for one in group if one.hours), Span.exactly(0))
    known = [one.money for one in group if one.money is not None]
    unknown = tuple(dict.fromkeys(f"{_name(one)} {one.why}" for one in group if one.money is None))
    amount = Amount(currency=currency, unknown=unknown)
    if known:
        money = sum(known, Span.exactly(0))
        text = rates.span_text(money, currency) + (", and what is unknown" if unknown else "")
        figures = {"low": float(money.low), "expected": float(money.expected), "high": float(money.high), "text": text}
        amount = amount.model_copy(update=figures)
    return SpendingRow(name=name, hours_low=float(hours.low), hours_high=float(hours.high), amount=amount)
