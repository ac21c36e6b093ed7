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
    thousand: Cases | None = None
    million: Cases | None = None


def answer(asked: Asked, service: str, region: str, use: str) -> Answer | None:
    """None where nothing fits."""
    need = asked.train if use == "train" else asked.serve
    assert need is not None
    found = named(asked, service, use) or choose(asked, service, region, use, need)
    if found is None:
        return None
    paid = paid_for(asked, service, use, region, found.id)
    if paid is None:
        return Answer(found.id, None, None)
    cases, rate = _run(asked, service, paid) if use == "train" else _month(asked, service, paid)
    disk = _disk(service, region, use, need, found, asked.boot)
    small = disk is None or bool(disk and paid.currency != "USD")  # no known rate; or a sum of two currencies
    total = _times(cases, rate if small else _plus(rate, disk or Decimal(0)))
    if use == "train":
        return Answer(found.id, paid, total, small)
    return Answer(found.id, paid, total, small, _thousand(asked, total), _million(asked, rate))


# ---- the machine


def named(asked: Asked, service: str, use: str) -> Type | None:
    """The one that the spec names, whatever it needs. Azure tells no case apart."""
    name = asked.named.get((tables.CLOUD[service], use))
    if name is None:
        return None
    known = {id.lower() if service == "azureml" else id: one for id, one in tables.types(service).items()}
    return known.get(name.lower() if service == "azureml" else name) or Type(name, frozenset(), 0, 0)


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
    listed = tables.priced().get((service, use, region, id))
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


def _run(asked: Asked, service: str, paid: Paid) -> tuple[Cases, Cases]:
    """SageMaker keeps machines that are not interruptible for a while after the run."""
    kept = asked.kept if service == "sagemaker" and not asked.spot else 0
    likely = min(asked.expected or asked.longest, asked.longest)
    minutes = (likely, likely + kept, asked.longest + kept)
    low, expected, high = (Decimal(each * asked.nodes) / 60 for each in minutes)
    return (low, expected, high), _rate(paid, spot=asked.spot)


def _month(asked: Asked, service: str, paid: Paid) -> tuple[Cases, Cases]:
    sizes = _sizes(asked)
    likely = Decimal(asked.load.duty or 0) / 100 if asked.load and asked.load.duty is not None else None
    least, most = _bounds(asked)
    expected = sizes and Decimal(sum(sizes)) / len(sizes)
    if likely is not None:
        expected = least + (most - least) * likely
    spot = asked.serves_on_spot and service == "vertex"
    return (least * 730, (expected or least) * 730, most * 730), _rate(paid, spot=spot)


def _rate(paid: Paid, *, spot: bool) -> Cases:
    """An interruptible machine costs at most what any other does; without a listed price, that."""
    if spot and paid.spot is not None:
        return paid.spot, paid.spot, max(paid.amount, paid.spot)
    return (paid.amount,) * 3


def _bounds(asked: Asked) -> tuple[Decimal, Decimal]:
    """At least one replica stands, always."""
    least = max(1, asked.least)
    return Decimal(least), Decimal(max(asked.most, least))


def _sizes(asked: Asked) -> list[int]:
    """Replicas in each part of the period; none where the target says nothing of requests."""
    load, (least, most) = asked.load, _bounds(asked)
    if load is None or not load.requests or asked.target is None:
        return []
    follows, many = asked.target
    if follows == "requests":
        wanted = [-(-each // many) for each in load.requests]
    elif follows == "concurrency" and load.each:
        wanted = [-(-each * load.each // (1000 * many)) for each in load.requests]
    else:
        return []
    return [min(max(each, int(least)), int(most)) for each in wanted]


def _carried(asked: Asked) -> list[Decimal]:
    """Requests a second that are answered, in each part of the period."""
    assert asked.load is not None
    came = [Decimal(each) for each in asked.load.requests]
    sizes = _sizes(asked)
    if not sizes or asked.target is None:
        return came
    each = Decimal(asked.load.each) / 1000 if asked.target[0] == "concurrency" else Decimal(1)
    return [min(some, size * asked.target[1] / each) for some, size in zip(came, sizes, strict=True)]


def _thousand(asked: Asked, month: Cases) -> Cases | None:
    """Of those that are answered: what comes in above the room of the replicas is turned away."""
    requests = asked.load.requests if asked.load else ()
    if not sum(requests):
        return None
    thousands = sum(_carried(asked), Decimal(0)) / len(requests) * 3600 * 730 / 1000
    return month[0] / thousands, month[1] / thousands, month[2] / thousands


def _million(asked: Asked, rate: Cases) -> Cases | None:
    """At full load, and by the share of the capacity that is used."""
    if asked.load is None or not asked.load.tokens:
        return None
    low, expected, high = (each * 1_000_000 / (3600 * asked.load.tokens) for each in rate)
    duty, sizes, (least, most) = Decimal(asked.load.duty or 0) / 100, _sizes(asked), _bounds(asked)
    share = duty * most / (duty * most + (1 - duty) * least)  # all of them at work, or the least, idle
    if sizes and asked.target:
        each = Decimal(asked.load.each) / 1000 if asked.target[0] == "concurrency" else Decimal(1)
        share = min(Decimal(1), sum(_carried(asked), Decimal(0)) * each / (sum(sizes) * asked.target[1]))
    return low, expected / (share or 1), high / (share or 1)


def _times(cases: Cases, rate: Cases) -> Cases:
    return cases[0] * rate[0], cases[1] * rate[1], cases[2] * rate[2]


def _plus(rate: Cases, disk: Decimal) -> Cases:
    return rate[0] + disk, rate[1] + disk, rate[2] + disk


def _disk(service: str, region: str, use: str, need: Need, one: Type, kind: str) -> Decimal | None:
    """US dollars an hour for the disk of each machine; None where its rate is not known (docs/cost.md, "disks")."""
    if service == "azureml" or (service == "vertex" and use == "train" and kind not in ("", "pd-ssd")):
        return None
    if service == "vertex":
        rate, size = Decimal("0.0002678"), (need.disk or 100) if use == "train" else 0
    else:
        rate, size = Decimal("0.14") / 730, need.disk or (30 if use == "train" else 0)
        size = 0 if one.disk is not None else size
    if not size:
        return Decimal(0)
    return rate * math.ceil(size) if region == tables.HOME[service] else None
