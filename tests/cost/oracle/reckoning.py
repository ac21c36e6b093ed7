"""Which machine is the cheapest that fits, and what a run and a month of it cost, by docs/cost.md and docs/prices.md."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fnmatch import fnmatchcase

from cost.oracle import tables
from cost.oracle.asked import Asked, Need, OwnRow
from cost.oracle.tables import Paid, Type

Cases = tuple[Decimal, Decimal, Decimal]  # low, expected, high


@dataclass(frozen=True)
class Answer:
    """`cases` of the run or the month; None where the machine has no known price. `disks` are in it, where known."""

    machine: str
    paid: Paid | None
    cases: Cases | None
    small: bool = False  # a part of no known rate is left out


def answer(asked: Asked, service: str, region: str, use: str) -> Answer | None:
    """None where nothing fits."""
    need = asked.train if use == "train" else asked.serve
    assert need is not None
    found = choose(asked, service, region, use, need)
    if found is None:
        return None
    paid = paid_for(asked, service, use, region, found.id)
    if paid is None:
        return Answer(found.id, None, None)
    cases, rate = (_run if use == "train" else _month)(asked, paid)
    disk = _disk(service, region, use, need, found)
    if disk is None or (disk and paid.currency != "USD"):  # no known rate; or a sum of two currencies
        return Answer(found.id, paid, _times(cases, rate), small=True)
    total = [case * (each + disk) for case, each in zip(cases, rate, strict=True)]
    return Answer(found.id, paid, (total[0], total[1], total[2]))


# ---- the machine


def choose(asked: Asked, service: str, region: str, use: str, need: Need) -> Type | None:
    """The cheapest with a price in the region; where none of those fits or hardly any price is known, the home region's
    cheapest of all that there are (docs/cost.md, "Which machine").
    """
    offered = _offered(asked, service, region, use)
    if 2 * len(offered) >= len(_offered(asked, service, tables.HOME[service], use)):
        found = next((one for one in offered if fits(one, need, use)), None)
        if found is not None:
            return found
    return next((one for one in _reference(service) if fits(one, need, use)), None)


def _offered(asked: Asked, service: str, region: str, use: str) -> Sequence[Type]:
    ids = {key[3] for key in tables.prices() if key[:3] == (service, use, region)}
    ids |= {row.instance for row in _about(asked, service, use, region) if not _glob(row.instance)}
    known = [one for id in ids if (one := tables.types(service).get(id)) and use in one.uses]

    def order(one: Type) -> tuple[bool, Decimal, str]:
        paid = paid_for(asked, service, use, region, one.id)
        assert paid is not None
        return paid.currency != "USD", paid.amount, one.id

    return sorted(known, key=order)


def _reference(service: str) -> Sequence[Type]:
    def order(one: Type) -> tuple[Decimal, str]:
        at_home = [tables.prices().get((service, use, tables.HOME[service], one.id)) for use in ("train", "serve")]
        return min((paid.amount for paid in at_home if paid), default=Decimal("Infinity")), one.id

    return sorted(tables.types(service).values(), key=order)


def fits(one: Type, need: Need, use: str) -> bool:
    if use not in one.uses or one.burstable or one.cpus < need.cpus or one.memory < need.memory:
        return False
    if (
        one.disk is not None and one.disk < need.disk
    ):  # only SageMaker's and Azure ML's have one: nothing is added to it
        return False
    if any(said.name and _is(one, said.name) and one.count >= said.count for said in need.cards):
        return True
    if one.arm or one.card in tables.NOT_CUDA:  # only where a named card comes with it
        return False
    if not need.cards:
        return not one.card
    return any(
        not said.name and one.card and one.each >= said.memory and one.count >= said.count for said in need.cards
    )


def _is(one: Type, name: str) -> bool:
    """A100 is either size, H100 any H100; up to half of a card is not that card."""
    either = {"A100": ("A100-40GB", "A100-80GB"), "H100": ("H100", "H100-MEGA", "H100-NVL")}.get(name, (name,))
    return one.card in either and one.each > tables.GIB[one.card] / 2


# ---- the price


def paid_for(asked: Asked, service: str, use: str, region: str, id: str) -> Paid | None:
    """The most exact own row, else the list price less the discount; a market's price takes none."""
    listed = tables.prices().get((service, use, region, id))
    rows = [row for row in _about(asked, service, use, region) if fnmatchcase(id, row.instance)]
    if rows:
        row = max(rows, key=lambda row: (not _glob(row.instance), not _glob(row.region), bool(row.use), row.line))
        spot = row.spot
        if spot is None and listed is not None and row.currency == "USD":
            spot = listed.spot
        return Paid(row.amount, spot, row.currency)
    share = Decimal(asked.discount.get(tables.CLOUD[service], 0)) / 100
    return None if listed is None else replace(listed, amount=listed.amount * (1 - share))


def _about(asked: Asked, service: str, use: str, region: str) -> list[OwnRow]:
    return [
        row
        for row in asked.own
        if row.provider == tables.CLOUD[service] and row.use in ("", use) and fnmatchcase(region, row.region)
    ]


def _glob(pattern: str) -> bool:
    return "*" in pattern


# ---- the money


def _run(asked: Asked, paid: Paid) -> tuple[Cases, Cases]:
    most = Decimal(asked.longest * asked.nodes) / 60
    likely = Decimal(min(asked.expected or asked.longest, asked.longest) * asked.nodes) / 60
    rate = (paid.amount,) * 3
    if asked.spot and paid.spot is not None:
        rate = (paid.spot, paid.spot, max(paid.amount, paid.spot))
    return (likely, likely, most), rate


def _month(asked: Asked, paid: Paid) -> tuple[Cases, Cases]:
    """At least one replica stands, always."""
    least = Decimal(max(1, asked.least))
    most = max(Decimal(asked.most), least)
    likely = least if asked.duty is None else least + (most - least) * asked.duty / 100
    return (least * 730, likely * 730, most * 730), (paid.amount,) * 3


def _times(cases: Cases, rate: Cases) -> Cases:
    return cases[0] * rate[0], cases[1] * rate[1], cases[2] * rate[2]


def _disk(service: str, region: str, use: str, need: Need, one: Type) -> Decimal | None:
    """US dollars an hour for the disk of each machine; None where its rate is not known (docs/cost.md, "disks")."""
    if service == "azureml":
        return None
    if service == "vertex":
        rate, size = Decimal("0.0002678"), (need.disk or 100) if use == "train" else 0
    else:
        rate, size = Decimal("0.14") / 730, need.disk or (30 if use == "train" else 0)
        size = 0 if one.disk is not None else size
    if not size:
        return Decimal(0)
    return rate * math.ceil(size) if region == tables.HOME[service] else None
