"""Which targets are compared: providers that prices are known of, in which regions; and how old those prices are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase

from tradewind.cost.book import Book
from tradewind.engine.choosing import PricedInfo, Site
from tradewind.engine.open import Work
from tradewind.engine.results.costs import PriceAge
from tradewind.engine.results.plans import Unplanned
from tradewind.errors import Problem, SpecError, TradewindError
from tradewind.providers import registry
from tradewind.providers.base import Priced
from tradewind.spec.suggest import closest

USAGE = "TW002"
EVERY = "all"
OLD = 60  # days after which prices are worth a refresh


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
    found, failed = [], []
    for name in [registry.canonical(only)] if only else sorted(registry.names()):
        try:
            cloud = _cloud(work, name)
        except TradewindError as error:
            if only:
                raise
            title = registry.names()[name].title
            failed.append(Unplanned(provider=name, title=title, code=error.code, reason=error.message, hint=error.hint))
            continue
        if cloud is not None:
            found.append(cloud)
    if only and not found:
        raise SpecError(
            [Problem("--provider", "no prices are known of it, so nothing can be compared", value=only)], code=USAGE
        )
    return tuple(found), tuple(failed)


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
    patterns = ["*" if one == EVERY else one for one in said]
    if problems := list(_nowhere(patterns, known)):
        raise SpecError(problems, code=USAGE, hint="`deploy cost prices` names the regions that prices are known of")
    return {name: tuple(r for r in regions if _matches(r, patterns)) for name, regions in known.items()}


def _nowhere(patterns: Sequence[str], known: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    every = [region for regions in known.values() for region in regions]
    for pattern in patterns:
        if not any(_matches(region, [pattern]) for region in every):
            globbed = any(sign in pattern for sign in "*?[")
            said = "no region that prices are known of is named like that" if globbed else "no prices are known there"
            yield Problem("--regions", said, value=pattern, suggestion="" if globbed else closest(pattern, every))


def _matches(region: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(region, pattern) for pattern in patterns)


def ages(found: Sequence[Cloud], book: Book, today: date) -> Iterator[PriceAge]:
    """How old each provider's prices are."""
    dates = book.dates()
    for cloud in found:
        said = dates.get(cloud.info.service)
        if said:
            days = max((today - date.fromisoformat(said)).days, 0)
            yield PriceAge(provider=cloud.info.name, date=said, days=days, old=days > OLD)
