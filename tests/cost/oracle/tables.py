"""Machines and prices from the collected tables, by the rules of docs/prices.md, in code of its own."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

SOURCES = Path(__file__).parents[3] / "src" / "tradewind" / "cost" / "build" / "sources"
HOME = {"sagemaker": "us-east-1", "vertex": "us-central1", "azureml": "eastus"}
CLOUD = {"sagemaker": "aws", "vertex": "gcp", "azureml": "azure"}
MICRO = Decimal("0.000001")  # computed prices are kept to a millionth of a dollar

CARDS = {
    "NVIDIA H100 Mega": "H100-MEGA", "NVIDIA RTX PRO 6000": "RTX-PRO-6000", "NVIDIA RTX PRO Server 6000": "RTX-PRO-6000",
    "NVIDIA RTX PRO 4500": "RTX-PRO-4500", "AMD MI300X": "MI300X", "AWS Inferentia": "INFERENTIA",
    "AWS Inferentia2": "INFERENTIA2", "AWS Trainium": "TRAINIUM", "AWS Trainium2": "TRAINIUM2",
    "TPU v5e": "TPU-V5E", "TPU v6e": "TPU-V6E",
}  # fmt: skip
CARD_COLUMNS = ("accelerator", "accelerator_count", "accelerator_memory_gib")
NOT_CUDA = {"MI300X", "INFERENTIA", "INFERENTIA2", "TRAINIUM", "TRAINIUM2", "TPU-V5E", "TPU-V6E"}
ON_ARM = {"T4G", "GH200", "GB200"}  # Graviton and Grace: no machine with one of these runs an x86 image
GIB = {
    "P4": 8, "T4": 16, "T4G": 16, "P100": 16, "V100": 16, "V100-32GB": 32, "L4": 24, "A10": 24, "A10G": 24, "L40S": 48,
    "A100-40GB": 40, "A100-80GB": 80, "H100": 80, "H100-MEGA": 80, "H100-NVL": 94, "H200": 141, "B200": 180, "B300": 270,
    "GB200": 186, "RTX-PRO-6000": 96, "RTX-PRO-4500": 32, "MI300X": 192,
}  # fmt: skip
# Local SSD that Compute Engine's price of a type has in it, GiB: 375 a disk, by Google's machine pages.
DISKS = {"a2-ultragpu-": 375, "a3-highgpu-": 750, "a3-megagpu-": 750}  # for each card


@dataclass(frozen=True)
class Type:
    id: str
    uses: frozenset[str]
    cpus: float
    memory: float
    card: str = ""
    count: int = 0
    each: float = 0  # GiB of one card, or of the slice of it
    disk: float | None = None  # GiB
    arm: bool = False

    @property
    def burstable(self) -> bool:
        return self.id.startswith(("ml.t2.", "ml.t3."))


@dataclass(frozen=True)
class Paid:
    amount: Decimal
    spot: Decimal | None = None
    currency: str = "USD"
    read: bool = True


Key = tuple[str, str, str, str]  # service, use, region, type
Line = dict[str, str]


@cache
def raw() -> tuple[Line, ...]:
    with (SOURCES / "prices.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def of(service: str) -> list[Line]:
    return [line for line in raw() if line["service"] == service]


def said(service: str) -> Any:
    return json.loads((SOURCES / f"{service}.json").read_text("utf-8"))


def card(maker: str, each: float) -> str:
    if maker in CARDS:
        return CARDS[maker]
    name = maker.removeprefix("NVIDIA ")
    if name == "V100" and each > 20:
        return "V100-32GB"
    if name == "A100":
        return "A100-80GB" if each > 50 else "A100-40GB"
    if name == "H100" and each > 90:
        return "H100-NVL"
    return name


@cache
def types(service: str) -> dict[str, Type]:
    made = {"sagemaker": _sagemaker_types, "vertex": _vertex_types, "azureml": _azure_types}[service]()
    return {one.id: one for one in made}


def _uses(letters: str) -> frozenset[str]:
    return frozenset(word for letter, word in (("t", "train"), ("s", "serve")) if letter in letters)


def _type(id: str, letters: str, cpus: float, memory: float, maker: str, count: float, each: float) -> Type:
    if not maker:
        return Type(id, _uses(letters), cpus, memory)
    name = card(maker, each)
    whole = GIB.get(name, round(each))
    slice_ = round(whole * count) if 0 < count < 1 else whole
    return Type(id, _uses(letters), cpus, memory, name, max(1, int(count)), slice_, arm=name in ON_ARM)


def _of_line(id: str, letters: str, line: Line) -> Type:
    number = float(line["accelerator_count"] or 0)
    each = float(line["accelerator_memory_gib"] or 0)
    return _type(id, letters, float(line["vcpus"]), float(line["memory_gib"]), line["accelerator"], number, each)


def _lines(*services: str) -> dict[str, Line]:
    return {
        line["instance_type"].removeprefix("ml."): line
        for line in raw()
        if line["service"] in services and line["vcpus"]
    }


def _sagemaker_types() -> list[Type]:
    lines, found = _lines("ec2", "sagemaker"), []
    for id, letters, *facts in said("sagemaker")["types"]:
        if facts:
            cpus, memory, maker, count, each, disk, _, arm = facts
            one = _type(id, letters, cpus, memory, maker, count, each)
            gib = None if disk is None else disk * 1e9 / 2**30
            found.append(Type(id, one.uses, cpus, memory, one.card, one.count, one.each, gib, arm))
        elif id[3:] in lines:
            found.append(_of_line(id, letters, lines[id[3:]]))
    return found


def _vertex_types() -> list[Type]:
    table, lines = said("vertex"), _lines("gce", "vertex")
    found = {}
    for id, letters, *facts in table["types"]:
        if facts:
            cpus, memory, maker, count, each = (*facts, "", 0, 0)[:5]
            found[id] = _type(id, letters, cpus, memory, maker, count, each)
        elif id in lines:
            found[id] = _of_line(id, letters, lines[id])
    for machine, letters, cards in table["attachable"]:
        for maker, counts in cards.items():
            for count in counts if maker not in table["ended"] else ():
                name, bare = card(maker, 0), found[machine]
                id = f"{machine}+{name}:{count}"
                found[id] = Type(id, _uses(letters), bare.cpus, bare.memory, name, count, GIB[name])
    return list(found.values())


def _azure_types() -> list[Type]:
    table = said("azureml")
    serves, disks = {name.upper() for name in table["serves"]}, {name: disk for name, disk, _ in table["sizes"]}
    found = []
    for id, line in _lines("azureml").items():
        if id not in table["retired"]:
            if (forgotten := table["cards"].get(id)) is not None:
                line = line | dict(zip(CARD_COLUMNS, forgotten, strict=False))
            one = _of_line(id, "ts" if id.upper() in serves else "t", line)
            arm = "p" in re.sub(r"^Standard_[A-Z]+\d+", "", id).split("_")[0]
            found.append(Type(id, one.uses, one.cpus, one.memory, one.card, one.count, one.each, disks.get(id), arm))
    return found


@cache
def prices() -> dict[Key, Paid]:
    """Of every type that the service takes for that use."""
    return {key: paid for key, paid in priced().items() if key[1] in types(key[0])[key[3]].uses}


@cache
def priced() -> dict[Key, Paid]:
    """With what is asked for by name alone: Azure ML's price is the machine's, whatever the machine does."""
    made = {**_sagemaker(), **_vertex(), **_azure()}
    known = ((key, paid, types(key[0]).get(key[3])) for key, paid in made.items())
    return {key: paid for key, paid, one in known if one and (key[0] == "azureml" or key[1] in one.uses)}


def _money(text: str) -> Decimal | None:
    return Decimal(text) if text else None


def _sagemaker() -> dict[Key, Paid]:
    bare = {(line["region"], "ml." + line["instance_type"]): line for line in of("ec2")}
    read = {
        ("train" if line["usage"] == "training" else "serve", line["region"], line["instance_type"]): Decimal(
            line["price_usd_hour"]
        )
        for line in of("sagemaker")
    }
    found: dict[Key, Paid] = {}
    for use in ("train", "serve"):
        for (region, id), line in bare.items():
            list_, spot = Decimal(line["price_usd_hour"]), _money(line["spot_price_usd_hour"])
            there, home = read.get((use, region, id)), read.get((use, "us-east-1", id))
            at_home = bare.get(("us-east-1", id))
            amount = there
            family = {"p5en": "1.15", "p6-b200": "1.15", "p6-b300": "1.15", "g7e": "1.25"}.get(id.split(".")[1])
            if amount is None and home is not None and at_home is not None:
                amount = (list_ * home / Decimal(at_home["price_usd_hour"])).quantize(MICRO)
            elif amount is None and family:
                amount = (list_ * Decimal(family)).quantize(MICRO)
            if amount is not None:
                found["sagemaker", use, region, id] = Paid(
                    amount, spot if use == "train" else None, read=there is not None
                )
    for (use, region, id), there in read.items():
        found.setdefault(("sagemaker", use, region, id), Paid(there))
    return found


def _vertex() -> dict[Key, Paid]:
    with (SOURCES / "local_ssd.csv").open(encoding="utf-8", newline="") as file:
        disk = {line["region"]: Decimal(line["usd_gib_month"]) / 730 for line in csv.DictReader(file)}
    rule: dict[tuple[str, str], Paid] = {}
    for line in of("gce"):
        id, region = line["instance_type"], line["region"]
        if id.startswith("tpu-"):
            continue
        if id.startswith("accelerator:"):
            id = f"+{card(line['accelerator'], float(line['accelerator_memory_gib']))}:{line['accelerator_count']}"
        gib = next((each * int(line["accelerator_count"]) for head, each in DISKS.items() if id.startswith(head)), 0)
        listed, spot = Decimal(line["price_usd_hour"]) - gib * disk[region], _money(line["spot_price_usd_hour"])
        rule[region, id] = Paid(
            (listed * Decimal("1.15")).quantize(MICRO),
            None if spot is None else (spot + listed * Decimal("0.15")).quantize(MICRO),
            read=False,
        )
    for one in types("vertex").values():
        machine, plus, cards = one.id.partition("+")
        for region in disk if plus else ():
            a, b = rule.get((region, machine)), rule.get((region, f"+{cards}"))
            if a and b:
                spot = None if a.spot is None or b.spot is None else a.spot + b.spot
                rule[region, one.id] = Paid(a.amount + b.amount, spot, read=False)
    found = {("vertex", use, *key): paid for key, paid in rule.items() for use in ("train", "serve")}
    read = {(line["usage"], line["region"], line["instance_type"]): line for line in of("vertex")}
    for (usage, region, id), line in read.items():
        amount, ruled = Decimal(line["price_usd_hour"]), rule.get((region, id))
        use = "train" if usage == "training" else "serve"
        found["vertex", use, region, id] = Paid(amount, ruled.spot if ruled else None)
        if use == "serve" and ruled is None and ("training", region, id) not in read:
            found["vertex", "train", region, id] = Paid(amount, read=False)
    return found


def _azure() -> dict[Key, Paid]:
    return {
        ("azureml", use, line["region"], line["instance_type"]): Paid(
            Decimal(line["price_usd_hour"]), _money(line["spot_price_usd_hour"]) if use == "train" else None
        )
        for line in of("azureml")
        for use in ("train", "serve")
    }
