"""Arithmetic on money an hour. Unknown is a value that spreads: whatever it is added to is unknown as well, never 0."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from tradewind.values import Machine, Rate

UNKNOWN = Rate(None)
FREE = Rate(Decimal(0), source="free on this machine")
NOTHING = Rate(Decimal(0), source="nothing stands")


def of_machine(_machine: Machine | None, *, free: bool) -> Rate:
    """What one machine costs an hour. Without a catalogue only a target that is free can be priced."""
    return FREE if free else UNKNOWN


def times(rate: Rate, count: int) -> Rate:
    """`count` machines for an hour; none of them cost nothing, whatever one would cost."""
    if count == 0:
        return replace(NOTHING, currency=rate.currency)
    if rate.amount is None:
        return rate
    return replace(rate, amount=rate.amount * count, derived=rate.derived or (count != 1 and rate.amount != 0))


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
    return replace(one, amount=one.amount + other.amount, derived=True)


def text(rate: Rate) -> str:
    """As people read it: "unknown", "0 (free on this machine)", "1.23 USD/h"."""
    if rate.amount is None:
        return "unknown"
    if rate.amount == 0:
        return f"0 ({rate.source})" if rate.source else "0"
    return f"{rate.amount:.4g} {rate.currency}/h"
