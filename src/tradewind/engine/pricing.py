"""What machines cost on one target, in one region, for this team. Where a target has no prices of ours, all is unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

from tradewind.cost import rates
from tradewind.cost.book import Book
from tradewind.cost.estimate import LEAST, Place
from tradewind.cost.strays import strays as found
from tradewind.engine.choosing import Site
from tradewind.engine.resolve import NOWHERE, Resolved
from tradewind.engine.session import Session
from tradewind.engine.traffic import paid
from tradewind.machines import facts
from tradewind.machines.instance import Use
from tradewind.providers.base import Clustered, Info, Priced
from tradewind.values import Machine, Observed, Rate, Run, Version


@dataclass(frozen=True)
class Pricing:
    info: Info
    region: str
    book: Book

    def place(self, machine: Machine | None) -> Place | None:
        """The machine as the book knows it; None where nobody knows the machine, or the target has no prices."""
        if machine is None or machine == NOWHERE or not isinstance(self.info, Priced) or not self.region:
            return None
        known = facts.find(self.info.service, machine.id)
        own_disk = known is not None and known.disk_gib is not None
        return Place(self.info.service, self.region, machine.id, own_disk)

    def rate(self, machine: Machine | None, use: Use, *, spot: bool = False) -> Rate:
        """Of one machine for an hour. An interruptible one whose price nobody lists costs at most as much as any other."""
        if self.info.free:
            return rates.FREE
        place = self.place(machine)
        if place is None:
            return rates.UNKNOWN
        said = (place.service, use, place.region, place.instance)
        found = self.book.rate(*said, spot=spot)
        return self.book.rate(*said) if spot and found.amount is None else found

    def run_rate(self, run: Run) -> Rate:
        """All the machines of a run for an hour."""
        each = (
            rates.times(self.rate(self._known(name, run), "train", spot=run.spot), count)
            for name, count in self.cluster(run)
        )
        return reduce(rates.plus, each, rates.NOTHING)

    def cluster(self, run: Run) -> Sequence[tuple[str, int]]:
        """The machines of a run: types by name, and how many of each; at least one type."""
        if isinstance(self.info, Clustered):
            return self.info.cluster(run)
        return ((run.container.machine.id, run.nodes),)

    def places(self, run: Run) -> tuple[tuple[Place, int], ...] | None:
        """`cluster`, as the book knows them; None where the target has no prices."""
        found = [(self.place(self._known(name, run)), count) for name, count in self.cluster(run)]
        known = tuple((place, count) for place, count in found if place is not None)
        return known if len(known) == len(found) else None

    @staticmethod
    def _known(name: str, run: Run) -> Machine:
        machine = run.container.machine
        return machine if machine.id == name else replace(machine, id=name)

    def paid(self, replicas: int) -> int:
        """How many are paid for: none of the services that we know prices of lets an endpoint of machines go to nothing."""
        return max(replicas, LEAST) if isinstance(self.info, Priced) and not self.info.free else replicas

    def replica_rate(self, version: Version | None) -> Rate:
        """One replica for an hour; unknown where nobody knows the version."""
        if version is None:
            return rates.FREE if self.info.free else rates.UNKNOWN
        return self.rate(version.container.machine, "serve", spot=interruptible(version))

    def standing(self, observed: Observed | None, versions: Mapping[str, Version]) -> Rate:
        """All that stands. `versions`: by digest, as the ledger remembers them."""
        if observed is None:
            return rates.NOTHING
        each = (rates.times(self.replica_rate(versions.get(seen.digest)), paid(seen)) for seen in observed.versions)
        return reduce(rates.plus, each, rates.NOTHING)


def strays(resolved: Resolved) -> tuple[str, ...]:
    """What to tell of the team's own prices for this target."""
    info, own = resolved.info, resolved.book.own
    if not own.rows or not isinstance(info, Priced):
        return ()
    names = {it.id for it in facts.instances(info.service)}
    return tuple(found(own, info.service, names, resolved.book.catalogue.regions(info.service)))


def interruptible(version: Version) -> bool:
    """Replicas on machines that may be taken away: only an escape block asks for them."""
    return getattr(version.container.options, "spot", False) is True


def of_session(session: Session) -> Pricing:
    region = Site(session.info, session.settings, session.foundation).region or session.identity.region
    return Pricing(session.info, region, session.book)


def of_resolved(resolved: Resolved) -> Pricing:
    return Pricing(resolved.info, resolved.region, resolved.book)
