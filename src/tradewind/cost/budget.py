"""Budgets: what costs more, or what nobody can price, is refused; and a run's budget is the longest that it may take."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_FLOOR, Decimal
from typing import Literal

from tradewind.cost.lines import Estimate
from tradewind.cost.rates import money
from tradewind.cost.span import Span

PRICE = "price"  # the path under `accept` that agrees to a price that nobody knows
Basis = Literal["highest", "expected"]


@dataclass(frozen=True)
class Limit:
    """A budget as the spec says it: money in a currency, held against the highest case or the expected one."""

    path: str  # "budget.run" or "budget.month"
    amount: Decimal
    currency: str
    basis: Basis = "highest"

    def case(self, span: Span) -> Decimal:
        return span.high if self.basis == "highest" else span.expected


def over(limit: Limit, estimate: Estimate, accepted: Collection[str] = ()) -> str | None:
    """Why the estimate breaks the limit, or None. An unknown part breaks it too, unless `accepted` has `price`."""
    said = f"{limit.path} allows {money(limit.amount)} {limit.currency}"
    total, currency = estimate.total, estimate.currency
    if PRICE not in accepted:
        missing = [estimate.name(line) for line in estimate.open]
        if missing or total is None:
            why = "; ".join(missing or estimate.unknown)
            return f"{said}, and a price is unknown: {why} (allow with --accept {PRICE})"
    if total is None or total.high == 0:
        return None
    if currency != limit.currency:
        return f"{said}, and the price here is in {currency}"
    case = limit.case(total)
    if case <= limit.amount:
        return None
    how = "may cost" if limit.basis == "highest" else "is expected to cost"
    return f"{said}, and this {how} {money(case)} {currency}"


def affordable(
    limit: Limit, estimate: Estimate, longest: timedelta, idle: timedelta = timedelta(0)
) -> timedelta | None:
    """How long a run may take within the limit, where that is less than `longest`; whole seconds, 0 or less where none is.

    `estimate` is of a run of exactly `longest`, paid for `idle` longer: every part of it grows with that time.
    """
    if estimate.total is None or estimate.currency != limit.currency:
        return None
    case = limit.case(estimate.total)
    if case <= limit.amount or case == 0:
        return None
    paid = Decimal((longest + idle) // timedelta(seconds=1)) * limit.amount / case
    return timedelta(seconds=int(paid.to_integral_value(ROUND_FLOOR))) - idle
