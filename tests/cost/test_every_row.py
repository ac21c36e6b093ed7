"""Every collected price is in what `deploy cost prices` shows, or in left_out.csv with a reason; and nothing else is shown."""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from cost.oracle import tables
from fakes.shell import deploy

COST = Path(tables.SOURCES).parents[1]
USES = {"training": ("train",), "hosting": ("serve",), "vm": ("train", "serve")}
SERVICES = {"aws": "sagemaker", "gcp": "vertex", "azure": "azureml"}
CLOUDS = {service: cloud for cloud, service in SERVICES.items()}
HALF_A_PERCENT = 0.005
DRAWN = 40

Key = tuple[str, str, str, str]  # service, use, region, machine type


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)


@cache
def shown() -> dict[Key, Any]:
    said = deploy("cost", "prices", "--top", "0", "--output", "json")
    assert said.code == 0, said.err
    rows = said.json["rows"]
    found = {(SERVICES[row["provider"]], row["use"], row["region"], row["machine"]["id"]): row for row in rows}
    assert len(found) == len(rows), "no key twice"
    return found


@cache
def bare() -> dict[Key, float]:
    """As shipped: prices of virtual machines are no service's, and not shown."""
    files = {cloud: json.loads((COST / "data" / f"{cloud}.json").read_text("utf-8")) for cloud in ("ec2", "gce")}
    return {
        (cloud, "vm", region, row[0]): float(row[1])
        for cloud, said in files.items()
        for region, uses in said["prices"].items()
        for row in uses["vm"]
    }


@cache
def left_out() -> dict[Key, str]:
    with (COST / "build" / "left_out.csv").open(encoding="utf-8", newline="") as file:
        return {
            (line["service"], use, region, line["machine_type"]): line["why"]
            for line in csv.DictReader(file)
            for use in line["use"].split()
            for region in line["regions"].split()
        }


@cache
def lines(name: str) -> tuple[dict[str, str], ...]:
    with (tables.SOURCES / name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def keys(line: dict[str, str]) -> Iterator[Key]:
    uses = ("vm",) if line["service"] in ("ec2", "gce") else USES[line["usage"]]
    return ((line["service"], use, line["region"], line["instance_type"]) for use in uses)


def test_every_row_that_was_read() -> None:
    """With its very price and spot price, whole and not derived; what is left out is not shown as well."""
    assert len(lines("prices.csv")) == 4132
    for line in lines("prices.csv"):
        price = float(line["price_usd_hour"])
        for key in keys(line):
            if key[1] == "vm":
                assert bare()[key] == price, line
                continue
            row = shown().get(key)
            if key[:2] == ("azureml", "serve") and key not in left_out():  # the machine's price, and not all serve
                assert (row is None) == ("serve" not in tables.types("azureml")[key[3]].uses), line
            else:
                assert (row is None) == bool(left_out().get(key)), line
            if row is not None:
                assert (row["price"]["amount"], row["price"]["derived"]) == (price, False), line
                assert row["price"]["source"], line
                assert row["price"]["date"].startswith(line["source_date"]), line
                if key[:2] == ("azureml", "train"):
                    assert row["spot"]["amount"] == float(line["spot_price_usd_hour"]), line


def test_every_row_that_was_computed() -> None:
    """Within half a percent of whoever computed it first, as derived, or as read where somebody read it."""
    assert len(lines("derived.csv")) == 3456
    read = {key for line in lines("prices.csv") for key in keys(line)}
    compared = 0
    for line in lines("derived.csv"):
        for key in keys(line):
            if ":" in key[3]:
                compared += cards(key, float(line["price_usd_hour"]))
                continue
            row = shown().get(key)
            assert row or left_out().get(key), line
            if row:
                assert row["price"]["derived"] == (key not in read), line
                assert row["price"]["amount"] == pytest.approx(float(line["price_usd_hour"]), rel=HALF_A_PERCENT), line
                compared += 1
    assert compared > 2000


def cards(key: Key, price: float) -> int:
    """Cards for N1 are what a machine with them costs more than one without."""
    service, use, region, name = key
    _, card, count = name.replace("NVIDIA_TESLA_", "").split(":")
    pairs = [(*key[:3], it.id) for it in tables.types("vertex").values() if it.id.endswith(f"+{card}:{count}")]
    if not pairs:
        assert left_out()[service, use, region, f"accelerator:nvidia-tesla-{card.lower()}:{count}"]
        return 0
    compared = 0
    for pair in pairs:
        without = shown().get((*key[:3], pair[3].partition("+")[0]))
        if pair not in shown():
            assert left_out()[pair], pair
        elif without is not None:
            more = shown()[pair]["price"]["amount"] - without["price"]["amount"]
            assert more == pytest.approx(price, rel=HALF_A_PERCENT), pair
            compared = 1
    assert compared, key
    return compared


def test_what_is_shown_is_what_the_tables_give() -> None:
    """The same prices as the second reckoning, the same spot prices, and not one more."""
    reckoned = tables.prices()
    assert set(shown()) == set(reckoned)
    for key, row in shown().items():
        paid = reckoned[key]
        assert row["price"]["amount"] == pytest.approx(float(paid.amount), rel=1e-9), key
        assert row["price"]["derived"] == (not paid.read), key
        spot = row["spot"] and row["spot"]["amount"]
        assert spot == (paid.spot if paid.spot is None else pytest.approx(float(paid.spot), rel=1e-9)), key
        one, said = tables.types(key[0])[key[3]], row["machine"]
        assert (said["cpus"], said["memory_gib"], said["gpu"] or "", said["gpus"]) == (
            one.cpus, one.memory, one.card, one.count,
        ), key  # fmt: skip
        assert row["portable"] == (one.card not in tables.NOT_CUDA), key


def test_forty_prices_one_at_a_time() -> None:
    """Which forty was settled before any was looked at: those of both tables whose key has the lowest sha256."""
    drawn = sorted(
        (hashlib.sha256("/".join(key).encode()).hexdigest(), key, float(line["price_usd_hour"]), name == "derived.csv")
        for name in ("prices.csv", "derived.csv")
        for line in lines(name)
        for key in keys(line)
        if key in shown()
    )[:DRAWN]
    assert {key[0] for _, key, _, _ in drawn} == set(CLOUDS)
    for _, (service, use, region, machine), price, computed in drawn:
        words = ("--provider", CLOUDS[service], "--region", region, "--machine", machine, "--use", use)
        (row,) = deploy("cost", "prices", *words, "--output", "json").json["rows"]
        assert row["price"]["amount"] == pytest.approx(price, rel=HALF_A_PERCENT if computed else 0), (region, machine)
