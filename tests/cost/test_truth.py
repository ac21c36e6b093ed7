"""How far the rules are from prices that were read: each predicted figure beside one that went into no rule.

Largest error allowed anywhere: 0.5 %. The table of docs/prices.md has what these tests find.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Collection, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path

from tradewind.cost.build import rows, sagemaker, vertex
from tradewind.cost.build.rows import Row
from tradewind.cost.catalogue import Catalogue
from tradewind.machines import facts

GOAL = Decimal("0.005")
DATA = Path(__file__).parent / "data"
PAGE = Path(__file__).parents[2] / "docs" / "prices.md"
OTHER_AZURE = (
    DATA / "azure_2025-03-02.csv"
)  # apache-libcloud 3.9.1 (Apache-2.0), libcloud/data/pricing.json, azure_linux


@cache
def read() -> tuple[Row, ...]:
    return rows.read(rows.SOURCES / "prices.csv")


def documented(what: str, found: Collection[Decimal]) -> bool:
    """Is there a line that starts so, with the number of prices and the largest error of these?"""
    line = next(line for line in PAGE.read_text("utf-8").splitlines() if line.startswith(f"| {what}"))
    return line.endswith(f"| {len(found)} | {max(found) * 100:.2f} % |")


def errors(predicted: Mapping[str, Decimal], real: Mapping[str, Decimal]) -> dict[str, Decimal]:
    return {name: abs(predicted[name] / real[name] - 1) for name in real if name in predicted}


def test_vertex_google_s_own_table() -> None:
    """Google's 28 GPU machines for prediction in us-central1, from Compute Engine's prices of the same.

    Of three of them Compute Engine's table has no price there, so nothing is predicted.
    """
    table = {r.instance: r.price for r in read() if r.service == "vertex" and "calculate_cost.py" in r.source}
    assert len(table) == 28
    by_rule = {name: p.amount for (region, name), p in vertex.derived(read()).items() if region == "us-central1"}
    found = errors(by_rule, table)
    assert set(table) - set(found) == {"a3-edgegpu-8g", "a3-megagpu-8g", "a3-ultragpu-8g"}
    assert max(found.values()) <= Decimal("0.0003"), "0.03 %: all but the rounding of the table"
    assert documented("Google's table of 28", found.values())


def test_vertex_training_is_billed_as_prediction() -> None:
    """The two training prices that anybody wrote down, from Compute Engine's as well."""
    real = {r.instance: r.price for r in read() if r.service == "vertex" and r.usage == "training"}
    assert set(real) == {"a3-highgpu-8g", "n1-standard-4"}
    by_rule = {name: p.amount for (region, name), p in vertex.derived(read()).items() if region == "us-central1"}
    found = errors(by_rule, real)
    assert max(found.values()) <= Decimal("0.0001")
    assert documented("training prices of Vertex AI", found.values())


def test_sagemaker_other_regions_from_the_ratios_of_us_east_1() -> None:
    """Every price that was read in another region, single rows and bills and the whole table of us-west-2."""
    real = {
        f"{r.usage} {r.region} {r.instance}": r.price
        for r in read()
        if r.service == "sagemaker" and r.region != sagemaker.HOME
    }
    uses = {use: usage for usage, use in sagemaker.USES.items()}
    by_rule = {f"{uses[p.uses]} {p.region} {p.instance}": p.amount for p in sagemaker.derived(read())}
    found = errors(by_rule, real)
    assert len(found) == 64
    elsewhere = {
        name: error for name, error in found.items() if "us-west-2" not in name
    }  # where the list is us-east-1's
    assert len(elsewhere) == 16
    assert len({name.split()[1] for name in elsewhere}) == 5
    assert max(found.values()) <= GOAL, sorted(found.items(), key=lambda it: it[1])[-5:]
    assert documented("SageMaker prices read in five regions", elsewhere.values())
    assert documented("SageMaker prices read in us-west-2", [found[name] for name in found if name not in elsewhere])


def test_azure_thirty_rows_beside_another_table() -> None:
    """Thirty prices beside a table that somebody else read fourteen months before, for other reasons.

    Which thirty was settled before any was compared: those whose "region/machine type" has the lowest sha256.
    """
    catalogue = Catalogue()
    with OTHER_AZURE.open(encoding="utf-8", newline="") as lines:
        other = {(row["region"], row["machine_type"]): Decimal(row["usd_hour"]) for row in csv.DictReader(lines)}
    order = sorted(other, key=lambda key: hashlib.sha256("/".join(key).encode()).hexdigest())
    found = {key: abs(_azure(catalogue, *key) / other[key] - 1) for key in order}
    assert len({name for _, name in order[:30]}) >= 20, "not the same few"
    assert max(found[key] for key in order[:30]) <= GOAL
    assert max(found.values()) <= GOAL, "nor is any other further off"
    assert documented("Azure, beside another table", [found[key] for key in order[:30]])
    assert documented("the same, all", found.values())


def _azure(catalogue: Catalogue, region: str, name: str) -> Decimal:
    quotes = [catalogue.quote("azureml", use, region, name) for use in ("train", "serve")]
    amounts = {quote.amount for quote in quotes if quote is not None}
    assert len(amounts) == 1, "one price for training and hosting"
    return amounts.pop()


def test_what_is_shipped_is_what_was_read() -> None:
    """No rule replaces a price that somebody read."""
    catalogue = Catalogue()
    uses = {"training": ("train",), "hosting": ("serve",), "vm": ("train", "serve")}
    compared = 0
    for row in read():
        if row.service in facts.services() and facts.find(row.service, row.instance) is not None:  # type: ignore[arg-type]
            for use in uses[row.usage]:
                quote = catalogue.quote(row.service, use, row.region, row.instance)  # type: ignore[arg-type]
                assert quote is not None, row
                assert (quote.amount, quote.source, quote.date, quote.rule) == (row.price, row.source, row.day, ""), row
                compared += 1
    assert compared > 3500
