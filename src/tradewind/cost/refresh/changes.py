"""What a refresh would change, and whether that can be true."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tradewind.cost.catalogue import USES
from tradewind.cost.stored import Price
from tradewind.machines.instance import Use

FACTOR = 10  # a price that moved by so much is a mistake somewhere, or a remarkable day
SHARE = 20  # one in so many moving like that is too many
_EXAMPLES = 3
Old = Callable[[Use, str, str], Decimal | None]  # use, region, machine


@dataclass(frozen=True)
class Change:
    region: str
    use: str
    instance: str
    before: Decimal
    after: Decimal

    @property
    def wild(self) -> bool:
        return self.factor > FACTOR

    @property
    def factor(self) -> Decimal:
        """How far it moved, up or down: at least 1."""
        return max(self.after, self.before) / min(self.after, self.before)

    def __str__(self) -> str:
        return f"{self.instance} in {self.region} from {self.before:f} to {self.after:f}"


@dataclass(frozen=True)
class Changes:
    """`same` and `new` count machines by use and region."""

    changed: tuple[Change, ...]
    same: int
    new: int

    @property
    def wild(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changed if change.wild)


def compare(prices: Iterable[Price], old: Old) -> Changes:
    changed: list[Change] = []
    same = new = 0
    for price in prices:
        for use in (use for use in USES if use in price.uses.split()):
            before = old(use, price.region, price.instance)
            if before is None:
                new += 1
            elif before == price.amount:
                same += 1
            else:
                changed.append(Change(price.region, use, price.instance, before, price.amount))
    return Changes(tuple(changed), same, new)


def largest(found: Iterable[Change], count: int) -> tuple[Change, ...]:
    """Those that moved furthest; ties by place and name."""
    return tuple(sorted(found, key=lambda it: (-it.factor, it.region, it.use, it.instance))[:count])


def doubts(prices: Sequence[Price], found: Changes, last: Iterable[Price]) -> tuple[str, ...]:
    """Why the prices should not be believed; empty where nothing speaks against them.

    `last` are the user's own refreshed prices of the same regions: what they had, a whole reading has too.
    """
    reasons = [f"{p.instance} in {p.region} costs {p.amount:f}" for p in prices if p.amount <= 0][:_EXAMPLES]
    if not prices:
        reasons.append("there is no price in it")
    wild, compared = found.wild, len(found.changed) + found.same
    if len(wild) * SHARE > compared:
        some = "; ".join(map(str, wild[:_EXAMPLES]))
        reasons.append(f"{len(wild)} of {compared} prices moved more than {FACTOR}-fold: {some}")
    before, now = (Counter(place for p in those for place in places(p)) for those in (last, prices))
    for (region, use), count in sorted(before.items()):
        if now[region, use] * 2 < count:
            reasons.append(f"{region} has {now[region, use]} machines to {use}, and had {count} at the last refresh")
    return tuple(reasons)


def sparse(prices: Iterable[Price], known: Callable[[Use, str], int]) -> tuple[str, ...]:
    """Where less than half of the machines that have a price today were read: those keep their old prices."""
    now = Counter(place for price in prices for place in places(price))
    few = [
        f"{count} of {known(use, region)} to {use} in {region}"
        for (region, use), count in sorted(now.items())
        if count * 2 < known(use, region)
    ]
    return (
        (f"less than half of the machines that have a price: {', '.join(few)}; the others keep theirs",) if few else ()
    )


def places(price: Price) -> Iterable[tuple[str, Use]]:
    return ((price.region, use) for use in USES if use in price.uses.split())
