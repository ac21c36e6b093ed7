"""Which targets are compared: providers that prices are known of, in which regions; and how old those prices are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from tradewind.cost.book import Book
from tradewind.cost.discount import service_of
from tradewind.cost.refresh.age import STALE_AFTER, days
from tradewind.engine.choosing import PricedInfo, Site
from tradewind.engine.open import Work
from tradewind.engine.results.costs import PriceAge
from tradewind.engine.results.plans import Unplanned
from tradewind.errors import Problem, SpecError, TradewindError
from tradewind.machines.instance import Service
from tradewind.providers import registry
from tradewind.providers.base import Info, Priced
from tradewind.spec.suggest import closest

USAGE = "TW002"
EVERY = "all"


@dataclass(frozen=True)
class Cloud:
    """One provider with prices, the spec as it is there, and the region where a plan would go."""

    info: PricedInfo
    work: Work
    here: str


def clouds(work: Work, only: str = "") -> tuple[tuple[Cloud, ...], tuple[Unplanned, ...]]:
    """Every provider that prices are known of, in order of name; those that cannot be asked say why.

    `only` is one provider by any of its names. SpecError where it has no prices.
    """
    found: list[Cloud] = []
    failed: list[Unplanned] = []
    first: TradewindError | None = None
    for name in [registry.canonical(only)] if only else _maybe_priced():
        try:
            cloud = _cloud(work, name)
        except TradewindError as error:
            if only:
                raise
            first = first or error
            title = registry.names()[name].title
            failed.append(Unplanned(provider=name, title=title, code=error.code, reason=error.message, hint=error.hint))
            continue
        if cloud is not None:
            found.append(cloud)
    if first is not None and not found:  # what is wrong everywhere is wrong with the spec
        raise first
    if only and not found:
        raise SpecError(
            [Problem("--provider", "no prices are known of it, so nothing can be compared", value=only)], code=USAGE
        )
    return tuple(found), tuple(failed)


def _maybe_priced() -> list[str]:
    """In order of name: of our own providers those with list prices, and whatever others may have."""
    return sorted(name for name in registry.names() if service_of(name) or name not in registry.BUILT_IN)


def _cloud(work: Work, name: str) -> Cloud | None:
    own = name == registry.canonical(work.spec.provider)
    there = work if own else replace(work, spec=work.spec.model_copy(update={"provider": name}), info=None, ground=None)
    info = there.provider_info
    if not isinstance(info, Priced) or info.free:
        return None
    return Cloud(info, there, Site(info, there.settings, there.foundation).region)


def wanted(said: Sequence[str], found: Sequence[Cloud], book: Book) -> Mapping[str, tuple[str, ...]]:
    """The regions of each provider, by its name. `said`: names, globs or `all`; nothing means where a plan would go.

    SpecError for a name or a glob that no provider has a region for.
    """
    if not said:
        return {cloud.info.name: (cloud.here,) for cloud in found}
    known = {cloud.info.name: book.regions(cloud.info.service) for cloud in found}
    known_regions(said, [region for regions in known.values() for region in regions], "--regions")
    return {name: tuple(r for r in regions if matches(r, said)) for name, regions in known.items()}


def known_regions(said: Sequence[str], every: Sequence[str], option: str) -> None:
    """SpecError for a name or a glob that no region has. `option` is where it was said."""
    problems = [_nowhere(one, every, option) for one in said if not any(matches(region, [one]) for region in every)]
    if problems:
        names = ", ".join(dict.fromkeys(every))
        raise SpecError(problems, code=USAGE, hint=f"prices are known in {names}")


def _nowhere(said: str, every: Sequence[str], option: str) -> Problem:
    if any(sign in said for sign in "*?["):
        return Problem(option, "no region that prices are known of is named like that", value=said)
    return Problem(option, "no prices are known there", value=said, suggestion=closest(said, every))


def matches(region: str, said: Sequence[str]) -> bool:
    return any(one == EVERY or fnmatchcase(region, one) for one in said)


def ages(infos: Iterable[Info], book: Book, today: date) -> Iterator[PriceAge]:
    """How old the prices of each provider are that has any."""
    return ages_by({info.name: info.service for info in infos if isinstance(info, Priced)}, book, today)


def ages_by(services: Mapping[str, Service], book: Book, today: date) -> Iterator[PriceAge]:
    """`services` by provider's name."""
    dates = book.dates()
    for name, service in services.items():
        if said := dates.get(service):
            since = days(said, today)
            yield PriceAge(provider=name, date=said, days=since, old=since > STALE_AFTER)
