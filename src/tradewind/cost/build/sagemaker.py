"""SageMaker: AWS's own prices where they were read, else EC2's by the ratio of the same type in us-east-1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal

from tradewind.cost.build.rows import Row
from tradewind.cost.stored import Price

USES = {"training": "train", "hosting": "serve"}
HOME = "us-east-1"
# Families where some or all types have no price in us-east-1: the ratio, and whose it is.
FAMILIES: Mapping[str, tuple[Decimal, str]] = {
    "p5en": (Decimal("1.15"), "of p4d, p4de and p5"),
    "p6-b200": (Decimal("1.15"), "of p4d, p4de and p5"),
    "p6-b300": (Decimal("1.15"), "of p4d, p4de and p5"),
    "g7e": (Decimal("1.25"), "of every g7e type that was read"),
}
SPOT_RULE = "EC2 spot of the same type (managed spot bills at the EC2 spot market)"


def ratios(rows: Iterable[Row]) -> Mapping[tuple[str, str], tuple[Decimal, str]]:
    """What SageMaker adds to EC2, by use and type, with the older date of the two prices of us-east-1."""
    found = tuple(rows)
    ec2 = {row.instance: row for row in found if row.service == "ec2" and row.region == HOME}
    return {
        (USES[row.usage], row.instance): (row.price / bare.price, min(row.day, bare.day))
        for row in found
        if row.service == "sagemaker"
        and row.region == HOME
        and (bare := ec2.get(row.instance.removeprefix("ml."))) is not None
    }


def derived(rows: Iterable[Row]) -> Iterator[Price]:
    """A price by rule for every EC2 price outside us-east-1 whose type has a ratio, also where one was read; and for the
    families whose ratio is known without.
    """
    found = tuple(rows)
    known = ratios(found)
    for bare in (row for row in found if row.service == "ec2"):
        for use in USES.values():
            name = f"ml.{bare.instance}"
            ratio, day = known.get((use, name), (None, bare.day))
            if ratio is not None and bare.region != HOME:
                yield _by_rule(bare, name, use, ratio, min(day, bare.day), f"of this type in {HOME}")
            elif ratio is None and (family := FAMILIES.get(bare.instance.partition(".")[0])):
                yield _by_rule(bare, name, use, family[0], bare.day, family[1])


def _by_rule(bare: Row, name: str, use: str, ratio: Decimal, date: str, whose: str) -> Price:
    rule = (
        f"EC2 list price x {round(ratio, 4).normalize():f}, the ratio {whose}; "
        "that SageMaker offers it in this region is not verified"
    )
    return Price(bare.region, use, name, round(bare.price * ratio, 6), bare.source, date, rule)


def prices(rows: Iterable[Row]) -> Iterator[Price]:
    """Read ones first; a rule fills what nobody read. Training has EC2's spot price where one is known, else none."""
    found = tuple(rows)
    spot = {(row.region, f"ml.{row.instance}"): row for row in found if row.service == "ec2" and row.spot is not None}
    read = {(p.uses, p.region, p.instance): p for p in map(_read, (r for r in found if r.service == "sagemaker"))}
    by_rule = {(p.uses, p.region, p.instance): p for p in derived(found)}
    for price in (by_rule | read).values():
        bare = spot.get((price.region, price.instance)) if price.uses == "train" else None
        yield price if bare is None else _with_spot(price, bare)


def _read(row: Row) -> Price:
    return Price(row.region, USES[row.usage], row.instance, row.price, row.source, row.day)


def _with_spot(price: Price, bare: Row) -> Price:
    return Price(
        price.region, price.uses, price.instance, price.amount, price.source, price.date, price.rule,
        bare.spot, None, None, bare.source, bare.day, SPOT_RULE,
    )  # fmt: skip
