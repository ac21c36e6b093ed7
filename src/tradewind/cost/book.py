"""What this user pays: the catalogue's prices, less what was agreed, and under the user's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Protocol

from tradewind.cost.discount import by_service, discounted
from tradewind.cost.own import OwnPrices
from tradewind.cost.quote import Quote
from tradewind.cost.rates import UNKNOWN
from tradewind.machines.instance import Instance, Service, Use
from tradewind.spec.models.prices import Prices, shares
from tradewind.values import Rate


class Listed(Protocol):
    """List prices: `cost.catalogue.Catalogue`, or a test's."""

    @property
    def date(self) -> str: ...

    @property
    def version(self) -> str: ...

    def dates(self) -> Mapping[Service, str]: ...

    def regions(self, service: Service, use: Use | None = None) -> tuple[str, ...]: ...

    def quote(self, service: Service, use: Use, region: str, instance: str) -> Quote | None: ...

    def quotes(self, service: Service, use: Use, region: str) -> tuple[Quote, ...]: ...

    def offers(self, service: Service, use: Use, region: str) -> tuple[Instance, ...]: ...


def _shipped() -> Listed:
    from tradewind.cost.catalogue import load  # read only where something is priced

    return load()


def _facts(service: Service, instance: str) -> Instance | None:
    from tradewind.machines.facts import find

    return find(service, instance)


@dataclass(frozen=True)
class Book:
    """Making one reads nothing; the catalogue is read with the first question that needs it."""

    own: OwnPrices = field(default_factory=OwnPrices)
    discounts: Mapping[Service, Decimal] = field(default_factory=dict)  # 0.12 is 12 % off the list
    source: Callable[[], Listed] = _shipped
    facts: Callable[[Service, str], Instance | None] = _facts

    @cached_property
    def catalogue(self) -> Listed:
        return self.source()

    @property
    def date(self) -> str:
        return self.catalogue.date

    @property
    def version(self) -> str:
        return self.catalogue.version

    def dates(self) -> Mapping[Service, str]:
        """YYYY-MM-DD of each service's newest list prices."""
        return self.catalogue.dates()

    def quote(self, service: Service, use: Use, region: str, instance: str) -> Quote | None:
        """What the user pays for it, with where that is from; None where nobody knows."""
        return self._paid(self.catalogue.quote(service, use, region, instance), service, use, region, instance)

    def rate(self, service: Service, use: Use, region: str, instance: str, *, spot: bool = False) -> Rate:
        """Money an hour; UNKNOWN, in US dollars, where nobody knows."""
        found = self.quote(service, use, region, instance)
        if found is None:
            return UNKNOWN
        return spot_rate(found) if spot else found.rate

    def quotes(self, service: Service, use: Use, region: str) -> tuple[Quote, ...]:
        """Every machine type that has a price there, cheapest first by what the user pays; ties by name."""
        if not self.own.rows:  # one share off all of them changes no order
            share, listed = self.discounts.get(service, Decimal(0)), self.catalogue.quotes(service, use, region)
            return tuple(discounted(quote, share) for quote in listed) if share else listed
        found = {quote.instance: quote for quote in self.catalogue.quotes(service, use, region)}
        names = dict.fromkeys((*found, *self.own.named(service, use, region)))
        paid = (self._paid(found.get(name), service, use, region, name) for name in names)
        return _cheapest(quote for quote in paid if quote is not None)

    def offers(self, service: Service, use: Use, region: str) -> tuple[Instance, ...]:
        """The machine types behind `quotes` that are taken for that use, in their order.

        One whose facts nobody knows can be named, but not chosen.
        """
        if not self.own.rows:
            return self.catalogue.offers(service, use, region)
        known = {instance.id: instance for instance in self.catalogue.offers(service, use, region)}
        found = (known.get(q.instance) or self.facts(service, q.instance) for q in self.quotes(service, use, region))
        return tuple(instance for instance in found if instance is not None and use in instance.uses)

    def regions(self, service: Service, use: Use | None = None) -> tuple[str, ...]:
        """Every region where something has a price, by name."""
        return tuple(sorted({*self.catalogue.regions(service, use), *self.own.regions(service, use)}))

    def _paid(self, listed: Quote | None, service: Service, use: Use, region: str, instance: str) -> Quote | None:
        own = self.own.quote(service, use, region, instance) if self.own.rows else None
        if own is None:
            return discounted(listed, self.discounts.get(service, Decimal(0))) if listed else None
        if own.spot is None and listed is not None and listed.currency == own.currency:
            return replace(  # the market's price does not depend on what was agreed
                own,
                spot=listed.spot,
                spot_low=listed.spot_low,
                spot_high=listed.spot_high,
                spot_source=listed.spot_source,
                spot_date=listed.spot_date,
                spot_rule=listed.spot_rule,
            )
        return own


def opened(prices: Prices | None, root: Path) -> Book:
    """The book of a deploy.yaml in the folder `root`, by its `prices:`. SpecError for a price file that is wrong."""
    own = OwnPrices()
    if prices is not None and prices.file is not None:
        from tradewind.cost.own_file import read

        own = read(root / prices.file, prices.file)
    return Book(own, by_service(shares(prices)))


def spot_rate(quote: Quote) -> Rate:
    """The interruptible price as it was read; UNKNOWN where nobody knows it."""
    if quote.spot is None:
        return replace(UNKNOWN, currency=quote.currency)
    return Rate(quote.spot, quote.currency, quote.spot_source, quote.spot_date, bool(quote.spot_rule))


def _cheapest(quotes: Iterable[Quote]) -> tuple[Quote, ...]:
    return tuple(sorted(quotes, key=lambda quote: (quote.currency != "USD", quote.amount, quote.instance)))
