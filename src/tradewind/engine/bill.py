"""All the money in a plan: an hour of what stands before, after and at the peak; the run, the month, the rollout. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tradewind.cost import rates
from tradewind.cost.budget import PRICE
from tradewind.cost.estimate import UNCOUNTED, ServeEstimate
from tradewind.cost.lines import Estimate, free, known, unpriced
from tradewind.cost.profile import HOURS_A_MONTH
from tradewind.cost.span import Span
from tradewind.engine import costs, digests, documents, pricing
from tradewind.engine.results import Amount, Cost
from tradewind.engine.traffic import paid, serving
from tradewind.values import Policy, Rate, Version

if TYPE_CHECKING:
    from tradewind.engine.decide import World
    from tradewind.engine.resolve import Resolved


@dataclass(frozen=True)
class Bill:
    """`run` None: nothing is trained; `month` and `rollout` None: nothing serves, nothing rolls out beside another version."""

    before: Rate
    after: Rate
    peak: Rate
    peak_replicas: int
    standing: Estimate  # a month of what stands now
    train: Rate | None = None
    run: Estimate | None = None
    month: ServeEstimate | None = None
    rollout: Estimate | None = None


def bill(resolved: Resolved, world: World, *, trains: bool, rolls: bool, changes: bool, policy: Policy | None) -> Bill:
    """`rolls`: a version is to come in; `changes`: anything is to be done."""
    prices = pricing.of_resolved(resolved)
    before = prices.standing(world.observed, world.versions)
    now = sum(seen.now for seen in world.observed.versions) if world.observed else 0
    after, peak, most, month, rollout = rates.NOTHING, before, now, None, None
    if (part := resolved.serve) is not None:
        one = prices.replica_rate(part.version)
        after = rates.times(one, prices.paid(part.version.min))
        coming = prices.paid(_coming(part.version, world))
        peak = rates.plus(before, rates.times(one, coming)) if rolls else (after if changes else before)
        most = now + coming if rolls else max(now, part.version.min)
        month = costs.of_month(resolved, part)
        if rolls and now and policy is not None:
            rollout = costs.of_rollout(resolved, part, policy, coming)
    train = run = None
    if trains and resolved.train is not None:
        train = prices.run_rate(resolved.train.run)
        run = costs.of_run(resolved, resolved.train, world.learnt)
    return Bill(before, after, peak, most, _standing(prices, world), train, run, month, rollout)


def _coming(version: Version, world: World) -> int:
    """Replicas that a new version has before it takes all traffic: as many as carry the load now, within its own bounds."""
    current = serving(world.observed)
    return max(version.min, min(current.now if current else 0, version.max))


def _standing(prices: pricing.Pricing, world: World) -> Estimate:
    """A month of what stands, if it stays as it is: at its smallest, as it is now, at its largest."""
    if prices.info.free or world.observed is None or not world.observed.versions:
        return free()
    low = expected = high = Decimal(0)
    currency = "USD"
    for seen in world.observed.versions:
        rate = prices.replica_rate(world.versions.get(seen.digest))
        if rate.amount is None:
            return unpriced(f"what version {digests.short(seen.digest)} runs on")
        currency = rate.currency
        a_month = rate.amount * HOURS_A_MONTH
        most = max(seen.max, seen.now, seen.min)
        low, high = low + a_month * min(seen.min, most), high + a_month * most
        expected += a_month * paid(seen)
    return known(Span(low, expected, high), currency)


def document(it: Bill) -> Cost:
    lines = [*documents.cost_lines("run", it.run), *documents.cost_lines("month", it.month.month if it.month else None)]
    lines += documents.cost_lines("rollout", it.rollout)
    currency = it.month.month.currency if it.month else "USD"
    return Cost(
        before=documents.price(it.before),
        after=documents.price(it.after),
        difference=documents.price(rates.minus(it.after, it.before)),
        peak=documents.price(it.peak),
        peak_replicas=it.peak_replicas,
        train=documents.price(it.train) if it.train else None,
        run=_amount(it.run),
        month=_amount(it.month.month if it.month else None),
        month_before=_amount(it.standing),
        rollout=_amount(it.rollout),
        thousand_requests=documents.span(it.month.thousand_requests, currency) if it.month else None,
        million_tokens=documents.span(it.month.million_tokens, currency) if it.month else None,
        lines=tuple(lines),
        left_out=UNCOUNTED if lines else (),
    )


def _amount(made: Estimate | None) -> Amount | None:
    return None if made is None else documents.amount(made)


def notes(it: Bill, *, limited: bool, accepted: frozenset[str]) -> Iterator[str]:
    """What to tell of the figures. `limited`: there is a budget."""
    for made in (it.run, it.month.month if it.month else None):
        if made is not None:
            yield from made.notes
            if limited and PRICE in accepted and made.unknown:
                yield f"a budget cannot be held against what has no known price: {'; '.join(made.unknown)}"
