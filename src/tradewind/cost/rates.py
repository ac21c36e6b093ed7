"""Arithmetic on money an hour. Unknown is a value that spreads: whatever it is added to is unknown as well, never 0."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tradewind.cost.span import Span
from tradewind.values import Rate

UNKNOWN = Rate(None)
FREE = Rate(Decimal(0), source="free on this machine")
NOTHING = Rate(Decimal(0), source="nothing stands")


def times(rate: Rate, count: int) -> Rate:
    """`count` machines for an hour; none of them cost nothing, whatever one would cost."""
    if count == 0:
        return replace(NOTHING, currency=rate.currency)
    if rate.amount is None:
        return rate
    return replace(rate, amount=rate.amount * count)


def plus(one: Rate, other: Rate) -> Rate:
    """Unknown where either is, or where the currencies differ and neither is 0."""
    if one.amount is None or other.amount is None:
        return replace(UNKNOWN, currency=one.currency)
    if other.amount == 0:
        return one
    if one.amount == 0:
        return other
    if one.currency != other.currency:
        return replace(UNKNOWN, currency=one.currency)
    return replace(one, amount=one.amount + other.amount, derived=one.derived or other.derived)


def minus(one: Rate, other: Rate) -> Rate:
    """Unknown where either is, or where the currencies differ and neither is 0. The only rate that may be less than 0."""
    if other.amount is None:
        return replace(UNKNOWN, currency=one.currency)
    return plus(one, replace(other, amount=-other.amount))


def text(rate: Rate) -> str:
    """As people read it: "unknown", "0 (free on this machine)", "1.235 USD/h"."""
    if rate.amount is None:
        return "unknown"
    if rate.amount == 0:
        return f"0 ({rate.source})" if rate.source else "0"
    return f"{money(rate.amount)} {rate.currency}/h"


def money(amount: Decimal) -> str:
    """Two decimals, and more of a small amount: 9066.59, 63.30, 1.235, 0.0042."""
    before = amount.adjusted() + 1  # digits before the point
    places = 2 if amount == 0 or before > 1 else 4 - before
    shown = f"{amount:.{places}f}"
    whole, _, rest = shown.partition(".")
    return f"{whole}.{rest.rstrip('0').ljust(2, '0')}"


def span_text(span: Span, currency: str) -> str:
    """As people read it: "126.59 USD", "453.33 to 9066.59 USD", "453.33 to 9066.59 USD (1200.00 expected)"."""
    low, expected, high = (money(value) for value in (span.low, span.expected, span.high))
    if low == high:
        return f"{low} {currency}"
    between = f"{low} to {high} {currency}"
    return between if expected == low else f"{between} ({expected} expected)"
