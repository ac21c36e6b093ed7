"""The user's own catalogue: what is in its files, and what a refresh makes of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from tradewind.cost import stored
from tradewind.cost.catalogue import Catalogue
from tradewind.cost.refresh.kept import write
from tradewind.cost.stored import Price, Shelf
from tradewind.machines.instance import Service, Use

SPOT_USES: Mapping[Service, tuple[Use, ...]] = {
    "sagemaker": ("train",),
    "vertex": ("serve", "train"),
    "azureml": ("train",),
}


def file_of(folder: Path, service: Service) -> Path:
    return folder / f"{service}.json"


def last(folder: Path, service: Service) -> tuple[Price, ...]:
    """The user's refreshed prices; none where there is no file, or none that can be read: a refresh replaces that one."""
    try:
        shelf = stored.read(file_of(folder, service))
        return tuple(_prices(shelf))
    except (OSError, ValueError, LookupError, TypeError, ArithmeticError):
        return ()


def _prices(shelf: Shelf) -> Iterator[Price]:
    for region, uses in shelf.prices.items():
        for named, rows in uses.items():
            use = next((use for use in named.split() if use in shelf.spot_uses), named.split()[0])
            for row in rows:
                yield Price(region, named, row[0], *shelf.said(use, row))


def with_old_spot(service: Service, prices: Iterable[Price], catalogue: Catalogue) -> Iterator[Price]:
    """A source without spot prices does not make those forgotten that are known, each with the date that it has."""
    for price in prices:
        uses = [use for use in SPOT_USES[service] if use in price.uses.split()]
        old = catalogue.quote(service, uses[0], price.region, price.instance) if price.spot is None and uses else None
        if old is None or old.spot is None:
            yield price
        else:
            yield replace(
                price,
                spot=old.spot,
                spot_low=old.spot_low,
                spot_high=old.spot_high,
                spot_source=old.spot_source,
                spot_date=old.spot_date,
                spot_rule=old.spot_rule,
            )


def merged(prices: Iterable[Price], regions: Iterable[str], before: Iterable[Price]) -> tuple[Price, ...]:
    """What was read, in place of what was there of the same regions."""
    fresh = set(regions)
    return (*prices, *(price for price in before if price.region not in fresh))


def put(folder: Path, service: Service, prices: Iterable[Price]) -> Path:
    """Replaces the file at once, after reading back what will be in it. Raises OSError, and ValueError for a bad file."""
    text = stored.text(service, prices, SPOT_USES[service])
    stored.parse(text)
    file = file_of(folder, service)
    write(file, text.encode())
    return file
