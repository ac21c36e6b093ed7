"""One target as a row: what it would cost there, what would be lost, why not, and what the row is sorted by. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from tradewind.cost.lines import Estimate
from tradewind.cost.refresh.age import STALE_AFTER, days
from tradewind.engine import documents, pricing
from tradewind.engine.bill import Bill
from tradewind.engine.decide import Decision
from tradewind.engine.resolve import NOWHERE, Resolved
from tradewind.engine.results import Amount, PartPrice, TargetDoc
from tradewind.providers.base import Priced
from tradewind.spec.suggest import closest
from tradewind.values import Machine, Rate

Sort = Literal["total", "run", "month", "train", "serve", "provider", "region"]
_LAST = (1, Decimal("Infinity"))


@dataclass(frozen=True)
class Row:
    """What is told of a target, and the figures that it can be sorted by."""

    doc: TargetDoc
    keys: Mapping[str, tuple[int, Decimal]]

    @property
    def group(self) -> int:
        """What can run and has a price, what has a price, what has none, and where nothing fits."""
        if any(part is not None and part.machine is None for part in (self.doc.train, self.doc.serve)):
            return 3
        if self.doc.total.expected is None:
            return 2
        return 0 if self.doc.possible else 1


def row(resolved: Resolved, decided: Decision, *, chosen: bool) -> Row:
    """`chosen`: the spec's own target."""
    plan, money = decided.plan, decided.money
    train, serve = _train(resolved, money), _serve(resolved, money)
    parts = [part for part in (money.run, money.month.month if money.month else None) if part is not None]
    total = _total(parts)
    fits = all(part is None or part.machine is not None for part in (train, serve))
    stops = tuple(dict.fromkeys((*(blocker.message for blocker in plan.blockers), *plan.over_budget)))
    unpriced = [line.why for part in parts for line in part.lines if line.part == "machines" and line.total is None]
    said = (note for note in resolved.notes if note not in resolved.spec.notes)
    doc = TargetDoc(
        provider=resolved.info.name,
        title=resolved.info.title,
        region=resolved.region,
        chosen=chosen,
        possible=not stops,
        why_not=(*stops, *dict.fromkeys(why for why in unpriced if fits and not any(why in stop for stop in stops))),
        train=train,
        serve=serve,
        total=total,
        lost=tuple(loss for loss in plan.losses if not loss.fatal) if fits else (),
        notes=tuple(
            dict.fromkeys(
                (
                    *said,
                    *(note for part in parts for note in part.notes),
                    *_apart(parts),
                    *pricing.strays(resolved),
                    *_unheard(resolved),
                    *_unlisted(resolved, train),
                    *_aged(resolved, [part for part in (train, serve) if part]),
                )
            )
        ),
    )
    keys = {
        "total": _key(total.currency, total.expected),
        "run": _key(*_expected(train)),
        "month": _key(*_expected(serve)),
        "train": _key(*_hourly(train)),
        "serve": _key(*_hourly(serve)),
    }
    return Row(doc, keys)


def _apart(parts: Sequence[Estimate]) -> Iterator[str]:
    """What is in another currency than the rest cannot be compared, and is not to look dear for it."""
    said = sorted({part.currency for part in parts if part.total is not None})
    if len(said) > 1:
        yield f"its parts are in {' and '.join(said)}, so there is no total"
    elif said and said != ["USD"]:
        yield f"in {said[0]}, which is not compared with USD: it comes after all that is"


def _unheard(resolved: Resolved) -> Iterator[str]:
    """A region that no price is known of may be a slip, or one that the catalogue does not cover."""
    if isinstance(resolved.info, Priced) and resolved.region not in (
        known := resolved.book.regions(resolved.info.service)
    ):
        meant = closest(resolved.region, known)
        yield f"no price at all is known in {resolved.region}" + (f"; did you mean {meant}?" if meant else "")


def _unlisted(resolved: Resolved, train: PartPrice | None) -> Iterator[str]:
    if train is None or resolved.train is None or not resolved.train.run.spot:
        return
    if train.spot is None and train.each.amount is not None:
        yield "no interruptible price is listed: the on-demand one is counted"


def _aged(resolved: Resolved, parts: Sequence[PartPrice]) -> Iterator[str]:
    """List prices that are much older than the newest of their service, whose day is all that is told of the service."""
    newest = resolved.book.dates().get(resolved.info.service) if isinstance(resolved.info, Priced) else None
    own = f"{resolved.book.own.name}:"  # when those were agreed is no age
    listed = [part.each.date for part in parts if part.each.date and not part.each.source.startswith(own)]
    if newest and listed and days(min(listed), date.fromisoformat(newest)) > STALE_AFTER:
        yield f"its price is of {min(listed)}; `deploy cost refresh` reads new ones"


def _train(resolved: Resolved, money: Bill) -> PartPrice | None:
    if resolved.train is None or money.run is None or money.train is None:
        return None
    run, prices = resolved.train.run, pricing.of_resolved(resolved)
    machine = run.container.machine
    each = prices.rate(machine, "train")
    place = prices.place(machine)
    spot = resolved.book.rate(place.service, "train", place.region, place.instance, spot=True) if place else None
    return _part(machine, sum(count for _, count in prices.cluster(run)), money.train, each, spot, money.run)


def _serve(resolved: Resolved, money: Bill) -> PartPrice | None:
    if resolved.serve is None or money.month is None:
        return None
    prices, version = pricing.of_resolved(resolved), resolved.serve.version
    machine = version.container.machine
    each = prices.rate(machine, "serve")
    month, currency = money.month, money.month.month.currency
    made = _part(machine, prices.paid(version.min), money.after, each, None, month.month)
    more = {
        "thousand_requests": documents.span(month.thousand_requests, currency),
        "million_tokens": documents.span(month.million_tokens, currency),
    }
    return made.model_copy(update=more)


def _part(machine: Machine, count: int, hour: Rate, each: Rate, spot: Rate | None, made: Estimate) -> PartPrice:
    return PartPrice(
        machine=None if machine == NOWHERE else documents.machine(machine),
        count=count,
        hour=documents.price(hour),
        each=documents.price(each),
        spot=documents.price(spot) if spot and spot.amount is not None else None,
        amount=documents.amount(made),
    )


def _total(parts: Sequence[Estimate]) -> Amount:
    """Unknown where a part is, or where they are in different currencies."""
    unknown = tuple(dict.fromkeys(name for part in parts for name in part.unknown))
    currency = parts[0].currency if parts else "USD"
    spans = [part.total for part in parts if part.total is not None and part.currency == currency]
    made = None
    if spans and len(spans) == len(parts):
        first, *rest = spans
        made = documents.span(sum(rest, first), currency)
    return (made or Amount(currency=currency)).model_copy(update={"unknown": unknown})


def _expected(part: PartPrice | None) -> tuple[str, float | None]:
    return (part.amount.currency, part.amount.expected) if part else ("USD", None)


def _hourly(part: PartPrice | None) -> tuple[str, float | None]:
    return (part.hour.currency, part.hour.amount) if part else ("USD", None)


def _key(currency: str, amount: float | None) -> tuple[int, Decimal]:
    """US dollars first: currencies cannot be compared, and what is unknown is no small number."""
    return _LAST if amount is None else (int(currency != "USD"), Decimal(repr(amount)))


def order(sort: Sort, one: Row) -> tuple[object, ...]:
    """What can run comes first, ties by name."""
    name = (one.doc.provider, one.doc.region)
    if sort == "provider":
        return name
    if sort == "region":
        return name[::-1]
    return (one.group, one.keys[sort], *name)
