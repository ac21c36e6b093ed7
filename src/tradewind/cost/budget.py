"""Budgets: a plan that costs more, or whose cost nobody knows, is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from tradewind.values import Rate

HOURS_A_MONTH = 730


@dataclass(frozen=True)
class Limit:
    """A budget as the spec says it: money in a currency."""

    path: str  # "budget.run" or "budget.month"
    amount: Decimal
    currency: str


def over_run(limit: Limit, rate: Rate, longest: timedelta) -> str | None:
    """Why a run of at most `longest` breaks the limit, or None. Unknown breaks it: it fails closed."""
    return _over(limit, rate, Decimal(longest.total_seconds()) / 3600)


def over_month(limit: Limit, rate: Rate) -> str | None:
    """Why an endpoint at `rate` breaks the monthly limit, or None."""
    return _over(limit, rate, Decimal(HOURS_A_MONTH))


def _over(limit: Limit, rate: Rate, hours: Decimal) -> str | None:
    said = f"{limit.path} allows {limit.amount} {limit.currency}"
    if rate.amount is None:
        return f"{said}, and the price here is unknown"
    if rate.amount == 0:
        return None
    if rate.currency != limit.currency:
        return f"{said}, and the price here is in {rate.currency}"
    most = rate.amount * hours
    return f"{said}, and this may cost {most:.2f} {rate.currency}" if most > limit.amount else None
