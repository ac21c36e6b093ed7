"""A team's own prices: rows of a file that win over the catalogue's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase

from tradewind.cost.quote import Quote
from tradewind.machines.instance import Service, Use


@dataclass(frozen=True)
class OwnPrice:
    """One row. `region` and `instance` may be globs; `use` None: for both."""

    service: Service
    instance: str
    amount: Decimal
    currency: str = "USD"
    region: str = "*"
    use: Use | None = None
    spot: Decimal | None = None
    line: int = 0  # in the file, 1-based

    def covers(self, service: Service, use: Use, region: str, instance: str) -> bool:
        return (
            service == self.service
            and self.use in (None, use)
            and fnmatchcase(region, self.region)
            and fnmatchcase(instance, self.instance)
        )

    @property
    def exactness(self) -> tuple[bool, bool, bool, int]:
        """The row that says most about a machine wins: its name, then its region, then its use; of equal ones the later."""
        return (is_exact(self.instance), is_exact(self.region), self.use is not None, self.line)


def is_exact(pattern: str) -> bool:
    return not any(sign in pattern for sign in "*?[")


@dataclass(frozen=True)
class OwnPrices:
    """`name` is the file's, as people wrote it; `date` when the prices were agreed (YYYY-MM-DD)."""

    rows: tuple[OwnPrice, ...] = ()
    name: str = ""
    date: str = ""

    def quote(self, service: Service, use: Use, region: str, instance: str) -> Quote | None:
        """None where no row is about that."""
        row = max(
            (row for row in self.rows if row.covers(service, use, region, instance)),
            key=lambda row: row.exactness,
            default=None,
        )
        if row is None:
            return None
        source = f"{self.name}:{row.line}" if row.line else self.name
        return Quote(
            service=service,
            use=use,
            region=region,
            instance=instance,
            amount=row.amount,
            source=source,
            date=self.date,
            spot=row.spot,
            spot_source=source if row.spot is not None else "",
            spot_date=self.date if row.spot is not None else "",
            currency=row.currency,
        )

    def named(self, service: Service, use: Use, region: str) -> Iterator[str]:
        """The machine types that rows name in full for that region, each once."""
        seen: set[str] = set()
        for row in self.rows:
            if is_exact(row.instance) and row.instance not in seen and row.covers(service, use, region, row.instance):
                seen.add(row.instance)
                yield row.instance

    def regions(self, service: Service, use: Use | None) -> frozenset[str]:
        """The regions that rows name in full."""
        return frozenset(
            row.region
            for row in self.rows
            if row.service == service and is_exact(row.region) and (use is None or row.use in (None, use))
        )
