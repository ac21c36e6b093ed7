"""One price, with where it is from."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from tradewind.machines.instance import Service, Use
from tradewind.values import Rate


@dataclass(frozen=True)
class Quote:
    """A machine type's price an hour in one region for one use. `rule` says how it was computed, "" where it was read.

    `spot` is what the cloud's own interruptible price was when it was read; `spot_low` and `spot_high` what it ranges over
    where that is known.
    """

    service: Service
    use: Use
    region: str
    instance: str
    amount: Decimal
    source: str
    date: str  # YYYY-MM-DD
    rule: str = ""
    spot: Decimal | None = None
    spot_low: Decimal | None = None
    spot_high: Decimal | None = None
    spot_source: str = ""
    spot_date: str = ""
    spot_rule: str = ""
    currency: str = "USD"

    @property
    def rate(self) -> Rate:
        return Rate(self.amount, self.currency, self.source, self.date, bool(self.rule))
