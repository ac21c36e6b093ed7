"""List prices: what is shipped, under what the user refreshed where that is newer. Read service by service, when asked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from tradewind.cost import stored
from tradewind.cost.quote import Quote
from tradewind.cost.stored import Shelf
from tradewind.errors import FailedError
from tradewind.home import home
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service, Use

SHIPPED = Path(__file__).parent / "data"
USES: tuple[Use, ...] = ("train", "serve")
Cloud = Literal["ec2", "gce"]


@dataclass(frozen=True)
class Bare:
    """A bare machine's price an hour, which no service offers: spot prices and computed ones come from it."""

    cloud: Cloud
    region: str
    instance: str
    amount: Decimal
    source: str
    date: str
    spot: Decimal | None = None


class Catalogue:
    """Of one folder of files as `cost.stored` writes them, and of a second one that wins where it is not older.

    The second wins by region and use, for the types that it names: a refresh of one region leaves the others as shipped.
    """

    def __init__(self, folder: Path = SHIPPED, refreshed: Path | None = None) -> None:
        self._folder = folder
        self._refreshed = refreshed
        self._shelves: dict[str, tuple[Shelf, ...]] = {}
        self._quotes: dict[tuple[Service, Use, str], Mapping[str, Quote]] = {}
        self._offers: dict[tuple[Service, Use, str], tuple[Instance, ...]] = {}

    @cached_property
    def date(self) -> str:
        """YYYY-MM-DD of the newest source that any service's prices have."""
        return max(self.dates().values())

    @property
    def version(self) -> str:
        """The date, with `+` where the user's own refresh is part of it."""
        refreshed = any(len(self._read(service)) > 1 for service in facts.services())
        return f"{self.date}+refreshed" if refreshed else self.date

    def dates(self) -> dict[Service, str]:
        """The newest source's date of each service: how old a comparison is, is how old the oldest of these is."""
        return {service: max(shelf.date for shelf in self._read(service)) for service in facts.services()}

    def regions(self, service: Service, use: Use | None = None) -> tuple[str, ...]:
        """Where something has a price, for that use, by name."""
        asked = USES if use is None else (use,)
        named = {region for shelf in self._read(service) for region in shelf.prices}
        return tuple(sorted(r for r in named if any(s.rows(r, u) for s in self._read(service) for u in asked)))

    def quote(self, service: Service, use: Use, region: str, instance: str) -> Quote | None:
        """None where nobody knows the price."""
        shelf, *more = self._read(service)
        if more or (service, use, region) in self._quotes:
            return self._known(service, use, region).get(instance)
        row = next((row for row in shelf.rows(region, use) if row[0] == instance), None)  # for one, not all are made
        return Quote(service, use, region, instance, *shelf.said(use, row)) if row is not None else None

    def quotes(self, service: Service, use: Use, region: str) -> tuple[Quote, ...]:
        """Cheapest first; ties by name."""
        return tuple(self._known(service, use, region).values())

    def every(self) -> Iterator[Quote]:
        """Service by service, region by region, train before serve, cheapest first."""
        for service in facts.services():
            for region in self.regions(service):
                for use in USES:
                    yield from self.quotes(service, use, region)

    def offers(self, service: Service, use: Use, region: str) -> tuple[Instance, ...]:
        """Facts of what has a price there and is taken for that use, cheapest first."""
        key = service, use, region
        if key not in self._offers:
            found = (facts.find(service, name) for name in self._names(*key))
            self._offers[key] = tuple(it for it in found if it is not None and use in it.uses)
        return self._offers[key]

    def bare(self, cloud: Cloud, region: str) -> tuple[Bare, ...]:
        """Cheapest first; with the local disks that Compute Engine bundles with a type."""
        shelf = self._read(cloud)[0]
        said = ((row[0], *shelf.said("vm", row)) for row in shelf.rows(region, "vm"))
        return tuple(Bare(cloud, region, s[0], s[1], s[2], s[3], s[5]) for s in said)

    def _names(self, service: Service, use: Use, region: str) -> Iterable[str]:
        """Cheapest first."""
        shelf, *more = self._read(service)
        return self._known(service, use, region) if more else (row[0] for row in shelf.rows(region, use))

    def _known(self, service: Service, use: Use, region: str) -> Mapping[str, Quote]:
        key = service, use, region
        if key not in self._quotes:
            shipped, *refreshed = ({q.instance: q for q in _quotes(s, *key)} for s in self._read(service))
            self._quotes[key] = _over(shipped, refreshed[0]) if refreshed else shipped
        return self._quotes[key]

    def _read(self, service: str) -> tuple[Shelf, ...]:
        if service not in self._shelves:
            self._shelves[service] = tuple(self._files(service))
        return self._shelves[service]

    def _files(self, service: str) -> Iterator[Shelf]:
        shipped = stored.read(self._folder / f"{service}.json")
        yield shipped
        if self._refreshed is not None and (file := self._refreshed / f"{service}.json").exists():
            refreshed = _users(file)
            if refreshed.date >= shipped.date:
                yield refreshed


def _quotes(shelf: Shelf, service: Service, use: Use, region: str) -> Iterator[Quote]:
    for row in shelf.rows(region, use):
        yield Quote(service, use, region, row[0], *shelf.said(use, row))


def _over(shipped: Mapping[str, Quote], refreshed: Mapping[str, Quote]) -> Mapping[str, Quote]:
    """The refreshed one of each. A spot price that was not refreshed with it stays, with its own source and date."""
    newer = (_with_spot(quote, shipped.get(name)) for name, quote in refreshed.items())
    both = {**shipped, **{quote.instance: quote for quote in newer}}
    return dict(sorted(both.items(), key=lambda item: (item[1].amount, item[0])))


def _with_spot(quote: Quote, shipped: Quote | None) -> Quote:
    if quote.spot is not None or shipped is None or shipped.spot is None or shipped.spot > quote.amount:
        return quote
    return replace(
        quote, spot=shipped.spot, spot_low=shipped.spot_low, spot_high=shipped.spot_high,
        spot_source=shipped.spot_source, spot_date=shipped.spot_date, spot_rule=shipped.spot_rule,
    )  # fmt: skip


def _users(file: Path) -> Shelf:
    try:
        return stored.read(file)
    except (OSError, ValueError) as e:
        raise FailedError(f"{file} cannot be read: {e}", code="TW617", hint="deploy cost refresh") from e


def load() -> Catalogue:
    """The shipped prices, and the user's refreshed ones (`TRADEWIND_HOME/catalogue`) where those are newer.

    Nothing is read before something is asked. A refreshed file that cannot be read raises FailedError then.
    """
    return _loaded(home() / "catalogue")


@cache
def _loaded(refreshed: Path) -> Catalogue:
    return Catalogue(SHIPPED, refreshed)
