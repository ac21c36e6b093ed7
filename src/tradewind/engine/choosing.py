"""Which machine a part of the spec runs on: the one named in the escape block, else the one deploy.lock holds, else the
cheapest in the region that meets the need. Pure, over facts and prices.

That nobody here knows a price somewhere does not mean that nothing is offered there: what has a price is chosen first, and
what has none is chosen, with a note, where nothing else would do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from pydantic import BaseModel

from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service, Use
from tradewind.providers.base import Cautious, Info, Priced
from tradewind.spec.suggest import closest
from tradewind.values import Foundation, Hardware, Loss, Machine


class PricedInfo(Info, Priced, Protocol):
    """A target whose machine types are in the catalogue."""


class Offers(Protocol):
    """Of `cost.book.Book`."""

    @property
    def date(self) -> str: ...

    def offers(self, service: Service, use: Use, region: str) -> Sequence[Instance]:
        """Machine types that have a price there, cheapest first."""
        ...


@dataclass(frozen=True)
class Choice:
    """`catalogue`: date of the prices that decided, "" where none did."""

    found: Machine | Loss
    notes: tuple[str, ...] = ()
    catalogue: str = ""


@dataclass(frozen=True)
class Site:
    """Where machines are looked for. `book` None: nobody knows a price. `asked`: in that region, whatever the spec says."""

    info: Info
    settings: BaseModel | None
    foundation: Foundation | None = None
    book: Offers | None = None
    asked: str = ""

    @property
    def region(self) -> str:
        """As the spec says it, else the foundation, else the environment of this process, else the target's home."""
        if self.asked:
            return self.asked
        said = getattr(self.settings, "region", None)
        ground = self.foundation.region if self.foundation else ""
        found = (said if isinstance(said, str) else "") or ground
        if found or not isinstance(self.info, Priced):
            return found
        return self.info.region(self.settings) or self.info.home


def choose(site: Site, need: Hardware, use: Use, held: Machine | None = None) -> Choice:
    """`held` is what deploy.lock has for the same need."""
    info = site.info
    if not isinstance(info, Priced):
        return Choice(_by_target(info, site.settings, need, use, held))
    name = info.pinned(site.settings, use)
    if name is not None:
        return Choice(_named(info, site.settings, need, use, held), tuple(_about(info, name, use)))
    if held is not None:
        known = facts.find(info.service, held.id)
        return Choice(known.machine if known else held)
    choice = _cheapest(site, info, need, use)
    return replace(choice, notes=(*choice.notes, *_cautions(info, choice.found, use)))


def _cautions(info: Info, found: Machine | Loss, use: Use) -> tuple[str, ...]:
    said = info.caution(found, use) if isinstance(info, Cautious) and isinstance(found, Machine) else ""
    return (f"{use}.hardware: {said}",) if said else ()


def _by_target(
    info: Info, settings: BaseModel | None, need: Hardware, use: Use, held: Machine | None
) -> Machine | Loss:
    found = info.machine(need, settings, use)
    return found if held is None or (isinstance(found, Machine) and found.id == held.id) else held


def _named(info: Priced, settings: BaseModel | None, need: Hardware, use: Use, held: Machine | None) -> Machine | Loss:
    """What is in a machine that nobody knows, deploy.lock may remember."""
    found = info.choose(need, settings, use, ())
    if held is None or isinstance(found, Loss) or found.id != held.id or facts.find(info.service, found.id):
        return found
    return held


def _about(info: PricedInfo, name: str, use: Use) -> list[str]:
    """What there is to tell of a name that somebody wrote."""
    where, known = f"{info.name}.{use}", facts.find(info.service, name)
    if known is None:
        meant = closest(name, (it.id for it in facts.instances(info.service)))
        asked = f"; did you mean {meant}?" if meant else ""
        return [f"{where}: {info.title} has no {name} that is known here, nor its price{asked}"]
    if use not in known.uses:
        return [f"{where}: {info.title} is not known to offer {name} for {_USES[use]}"]
    return []


_USES = {"train": "training", "serve": "serving"}


def _cheapest(site: Site, info: PricedInfo, need: Hardware, use: Use) -> Choice:
    book, region = site.book, site.region
    if book is None:
        return Choice(info.machine(need, site.settings, use))
    offered = book.offers(info.service, use, region)
    surveyed = 2 * len(offered) >= len(book.offers(info.service, use, info.home))
    if surveyed:
        found = info.choose(need, site.settings, use, offered)
        if isinstance(found, Machine):
            return Choice(found, catalogue=book.date)
    found = info.machine(need, site.settings, use)
    if isinstance(found, Loss):
        return Choice(found)
    note = (
        f"{found.id} has no price that is known in {region}, and may not be offered there"
        if surveyed
        else f"few prices are known in {region}, so {found.id} is what would be the cheapest in {info.home}"
    )
    return Choice(found, (f"{use}.hardware: {note}",), book.date)
