"""Browsing the prices: which machine types there are, where, and what each costs this team an hour. Calls nobody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from heapq import nsmallest

from tradewind.cost.book import Book, spot_rate
from tradewind.cost.discount import SERVICES, provider_of, service_of
from tradewind.cost.quote import Quote
from tradewind.engine import documents, targets
from tradewind.engine.results import MachineDoc, PriceList, PriceRow
from tradewind.errors import Problem, SpecError
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service, Use
from tradewind.spec import gpus
from tradewind.spec.suggest import closest

USES: tuple[Use, ...] = ("train", "serve")


@dataclass(frozen=True)
class Filter:
    """Regions and machines are names or globs; `top` 0: every price."""

    provider: str = ""
    regions: tuple[str, ...] = ()
    gpu: str = ""
    machine: str = ""
    use: Use | None = None
    top: int = 0


def prices(book: Book, asked: Filter, today: date) -> PriceList:
    """Cheapest first. SpecError for a provider, a region or a card that nobody knows."""
    services = _services(asked.provider)
    regions = {service: book.regions(service, asked.use) for service in services}
    targets.known_regions(asked.regions, [region for some in regions.values() for region in some], "--region")
    cards = _cards(asked.gpu)
    found = [
        (quote, known)
        for service, some in regions.items()
        for region in some
        if not asked.regions or targets.matches(region, asked.regions)
        for quote, known in _quotes(book, service, region, asked, cards)
    ]
    shown = nsmallest(asked.top, found, key=_order) if asked.top else sorted(found, key=_order)
    return PriceList(
        prices=tuple(targets.ages_by({provider_of(service): service for service in services}, book, today)),
        catalogue=book.version,
        rows=tuple(_row(quote, known) for quote, known in shown),
        of=len(found),
    )


def _quotes(
    book: Book, service: Service, region: str, asked: Filter, cards: Sequence[str]
) -> Iterator[tuple[Quote, Instance | None]]:
    for use in USES if asked.use is None else (asked.use,):
        for quote in book.quotes(service, use, region):
            if asked.machine and not fnmatchcase(quote.instance, asked.machine):
                continue
            known = facts.find(service, quote.instance)
            if (
                known is not None and use not in known.uses
            ):  # Azure ML's price is the machine's, whatever it is taken for
                continue
            if not cards or (known is not None and known.gpu in cards):
                yield quote, known


def _order(found: tuple[Quote, Instance | None]) -> tuple[object, ...]:
    quote = found[0]
    return (quote.currency != "USD", quote.amount, quote.service, quote.region, quote.instance, quote.use)


def _services(provider: str) -> tuple[Service, ...]:
    if not provider:
        return SERVICES
    service = service_of(provider)
    if service is None:
        names = [provider_of(one) for one in SERVICES]
        problem = Problem(
            "--provider", "no prices are known of it", value=provider, suggestion=closest(provider, names)
        )
        raise SpecError([problem], code=targets.USAGE, hint=f"prices are known of {', '.join(names)}")
    return (service,)


def _cards(said: str) -> tuple[str, ...]:
    if not said:
        return ()
    card, known = gpus.canonical(said), (*gpus.NAMES, *gpus.ACCELERATORS_GIB)
    if card not in known:
        problem = Problem("--gpu", "no such GPU is known", value=said, suggestion=closest(card, known))
        raise SpecError([problem], code=targets.USAGE, hint=f"known: {', '.join(known)}")
    return gpus.meant(card)


def _row(quote: Quote, known: Instance | None) -> PriceRow:
    machine = documents.machine(known.machine) if known else None
    return PriceRow(
        provider=provider_of(quote.service),
        region=quote.region,
        use=quote.use,
        machine=machine or MachineDoc(id=quote.instance, gpus=None),
        price=documents.price(quote.rate),
        rule=quote.rule,
        spot=documents.price(spot_rate(quote)) if quote.spot is not None else None,
        portable=known is None or known.portable,
    )
