"""Vertex AI: Google's own prices where they were read, else 1.15 x Compute Engine's, without the local SSD that it bundles."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from tradewind.cost.build.names import card
from tradewind.cost.build.rows import SOURCES, Row
from tradewind.cost.build.vertex_types import Attachable
from tradewind.cost.stored import Price

USES = {"training": "train", "hosting": "serve"}
SURCHARGE = Decimal("1.15")
FEE = Decimal("0.15")
HOURS_A_MONTH = 730
LOCAL_SSD = SOURCES / "local_ssd.csv"
# GiB that Compute Engine's price of the type has in it (the same table); Vertex bills the machine without.
BUNDLED_GIB = {
    "a2-ultragpu-1g": 375, "a2-ultragpu-2g": 750, "a2-ultragpu-4g": 1500, "a2-ultragpu-8g": 3000,
    "a3-highgpu-1g": 750, "a3-highgpu-2g": 1500, "a3-highgpu-4g": 3000, "a3-highgpu-8g": 6000, "a3-megagpu-8g": 6000,
}  # fmt: skip
RULE = "1.15 x Compute Engine list price without local SSD"
SPOT_RULE = "Compute Engine spot price + 15 % of the list price (Vertex AI management fee)"
SAME_RULE = "prediction's price of the same machine and region: training is billed the same"
_ACCELERATOR = "accelerator:nvidia-tesla-"

Key = tuple[str, str]  # region, machine type


def local_ssd(file: Path = LOCAL_SSD) -> Mapping[str, Decimal]:
    """US dollars a GiB and hour, by region, on demand."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["region"]: Decimal(row["usd_gib_month"]) / HOURS_A_MONTH for row in csv.DictReader(lines)}


def derived(rows: Iterable[Row]) -> Mapping[Key, Price]:
    """By rule, for each machine and each attachable accelerator (`accelerator:T4:2`) that Compute Engine has a price of."""
    ssd = local_ssd()
    priced = (_by_rule(row, ssd) for row in rows if row.service == "gce" and not row.instance.startswith("tpu-"))
    return {(price.region, price.instance): price for price in priced}


def _by_rule(row: Row, ssd: Mapping[str, Decimal]) -> Price:
    """Spot keeps the bundled disk: that nobody bills it was seen on demand only."""
    listed = row.price - BUNDLED_GIB.get(row.instance, 0) * ssd[row.region]
    spot = None if row.spot is None else round(row.spot + FEE * listed, 6)
    name = row.instance
    if name.startswith(_ACCELERATOR):
        name = f"accelerator:{card(row.accelerator, float(row.each_gib))}:{row.accelerators}"
    return Price(
        row.region, "train serve", name, round(SURCHARGE * listed, 6), row.source, row.day, RULE,
        spot, None, None, row.source, row.day, SPOT_RULE,
    )  # fmt: skip


def attached(found: Mapping[Key, Price], pairs: Iterable[Attachable]) -> Mapping[Key, Price]:
    """A machine with its cards, where the region has a price of each."""
    regions = sorted({region for region, _ in found})
    made: dict[Key, Price] = {}
    for pair in pairs:
        for region in regions:
            machine = found.get((region, pair.machine))
            cards = found.get((region, f"accelerator:{pair.card}:{pair.count}"))
            if machine is not None and cards is not None:
                made[region, pair.id] = _sum(pair.id, machine, cards)
    return made


def _sum(name: str, machine: Price, cards: Price) -> Price:
    date = min(machine.date, cards.date)
    source = f"machine: {machine.source}; accelerators: {cards.source}"
    spot = None if machine.spot is None or cards.spot is None else machine.spot + cards.spot
    return replace(
        machine, instance=name, amount=machine.amount + cards.amount, source=source, date=date,
        rule=f"{RULE}, machine and accelerators", spot=spot, spot_source=source, spot_date=date,
    )  # fmt: skip


def prices(rows: Iterable[Row], pairs: Iterable[Attachable]) -> Iterator[Price]:
    """By use: read ones first, with the rule's spot price; then what the rule gives."""
    found = tuple(rows)
    by_rule = derived(found)
    by_rule = {**by_rule, **attached(by_rule, pairs)}
    read = {(USES[row.usage], row.region, row.instance): row for row in found if row.service == "vertex"}
    for (region, name), price in by_rule.items():
        if name.startswith("accelerator:"):
            continue
        for use in USES.values():
            row = read.get((use, region, name))
            yield replace(price, uses=use) if row is None else _read(row, price)
    for (use, region, name), row in read.items():
        if (region, name) not in by_rule:
            yield _read(row)
            if use == "serve" and ("train", region, name) not in read:
                yield replace(_read(row), uses="train", rule=SAME_RULE)


def _read(row: Row, rule: Price | None = None) -> Price:
    """As it was read, with the spot price of the rule: nobody reads that of Vertex."""
    price = Price(row.region, USES[row.usage], row.instance, row.price, row.source, row.day)
    if rule is None:
        return price
    return replace(
        price, spot=rule.spot, spot_source=rule.spot_source, spot_date=rule.spot_date, spot_rule=rule.spot_rule
    )
