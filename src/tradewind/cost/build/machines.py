"""Facts of machine types: sources/*.json, and what the price tables say of a type; where two say it, they must agree."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from tradewind.cost.build import sagemaker_types, vertex_types
from tradewind.cost.build.left import Left
from tradewind.cost.build.names import card, nominal_gib, portable
from tradewind.cost.build.rows import SOURCES, Row
from tradewind.machines.instance import Instance, Service, Use
from tradewind.spec import gpus

AZUREML = SOURCES / "azureml.json"
COLUMNS = (
    "id", "uses: t train, s serve", "cpus", "memory GiB", "flags: a arm, b burstable, x not portable",
    "own disks GiB", "network Gbit/s", "accelerator", "count", "GiB each, nominal",
)  # fmt: skip
GB = 1000**3 / 1024**3
_LETTERS: Mapping[Use, str] = {"train": "t", "serve": "s"}


def of_sagemaker(rows: Iterable[Row], left: list[Left]) -> Iterator[Instance]:
    """What botocore's model names, with EC2's facts; the price table's where EC2's are not known (p3)."""
    said = json.loads(sagemaker_types.FILE.read_text("utf-8"))
    tables = _by_type(rows, ("ec2", "sagemaker"))
    for name, uses, *facts in said["types"]:
        row = tables.get(name.removeprefix("ml."))
        if not facts and row is None:
            left.append(Left("sagemaker", "", "", name, "no source says what is in it"))
            continue
        known = _from_row("sagemaker", name, row) if row is not None else None
        found = _from_ec2(name, facts) if facts else known
        assert found is not None
        if known is not None and facts:
            _agree(found, known)
        yield replace(found, uses=_uses(uses), burstable=name.startswith(("ml.t2.", "ml.t3.")))


def of_vertex(rows: Iterable[Row], left: list[Left]) -> Iterator[Instance]:
    """What Google's pages name, and each pair of an N1 machine and cards."""
    said = vertex_types.read()
    tables = _by_type(rows, ("gce", "vertex"))
    known: dict[str, Instance] = {}
    for name, uses, *facts in said["types"]:
        row = tables.get(name)
        if not facts and row is None:
            left.append(Left("vertex", "", "", name, "no source says what is in it"))
            continue
        table = _from_row("vertex", name, row) if row is not None else None
        found = _instance("vertex", name, *facts) if facts else table
        assert found is not None
        if table is not None and facts:
            _agree(found, table)
        known[name] = replace(found, uses=_uses(uses))
    yield from known.values()
    for pair in vertex_types.attachable(said):
        yield replace(
            known[pair.machine], id=pair.id, gpu=pair.card, gpus=pair.count, gpu_memory_gib=pair.each_gib,
            uses=_uses(pair.uses),
        )  # fmt: skip


def of_azureml(rows: Iterable[Row], left: list[Left]) -> Iterator[Instance]:
    """What is priced and not retired; it serves where Microsoft lists it for managed online endpoints.

    A share of a card counts as one of so much less memory, for that is what is rented. The disk is the temporary one,
    which jobs write to, without the NVMe disks that some sizes have besides.
    """
    said = json.loads(AZUREML.read_text("utf-8"))
    serves = {name.lower() for name in said["serves"]}
    sizes = {name: (disk, network) for name, disk, network in said["sizes"]}
    for name, row in _by_type(rows, ("azureml",)).items():
        if name in said["retired"]:
            left.append(Left("azureml", "", "", name, said["retired"][name]))
            continue
        disk, network = sizes.get(name, (None, None))
        yield replace(
            _from_row("azureml", name, _with_cards(row, said["cards"])), uses=_uses("ts" if name.lower() in serves else "t"),
            disk_gib=disk, network_gbps=network, arm=re.search(r"\dp", name) is not None,
        )  # fmt: skip


def _with_cards(row: Row, cards: Mapping[str, list[str]]) -> Row:
    """With the cards that Azure's own API forgets. Raises ValueError where a size of the N series would have none."""
    maker_name, count, each, *_ = cards.get(row.instance, (row.accelerator, row.accelerators, row.each_gib))
    if row.instance.startswith("Standard_N") and not maker_name:
        raise ValueError(f"{row.instance}: a size of the N series without a card: enter it in azureml.json")
    return replace(row, accelerator=maker_name, accelerators=count, each_gib=each)


def text(service: Service, instances: Iterable[Instance], home: Mapping[str, Decimal], source: str) -> str:
    """The file: cheapest first by the price at home, what has none last, ties by id."""
    ordered = sorted(instances, key=lambda it: (it.id not in home, home.get(it.id, Decimal(0)), it.id))
    head = {"service": service, "order": "by price in the home region", "source": source, "columns": COLUMNS}
    body = ",\n".join(json.dumps(_row(instance), separators=(",", ":")) for instance in ordered)
    return f'{json.dumps(head)[:-1]},\n"instances":[\n{body}]}}\n'


def _by_type(rows: Iterable[Row], services: tuple[str, ...]) -> Mapping[str, Row]:
    """One row a type, by the bare machine's name; its facts must be the same in every region."""
    found: dict[str, Row] = {}
    for row in rows:
        if row.service not in services or not row.cpus:
            continue
        name = row.instance.removeprefix("ml.")
        first = found.setdefault(name, row)
        if _said(first) != _said(row):
            raise ValueError(f"{name}: {_said(first)} in {first.region}, {_said(row)} in {row.region}")
    return found


def _said(row: Row) -> tuple[str, ...]:
    return row.cpus, row.memory_gib, row.accelerator, row.accelerators, row.each_gib


def _from_row(service: Service, name: str, row: Row) -> Instance:
    count = float(row.accelerators or 0)
    each = float(row.each_gib or 0)
    share = count if 0 < count < 1 else 1
    found = _instance(service, name, float(row.cpus), float(row.memory_gib), row.accelerator, int(count) or 1, each)
    return found if share == 1 else replace(found, gpu_memory_gib=round(each * share))


def _from_ec2(name: str, facts: list[Any]) -> Instance:
    cpus, memory, maker_name, count, each, disk_gb, network, arm = facts
    found = _instance("sagemaker", name, cpus, memory, maker_name, count, each)
    disk = None if disk_gb is None else round(disk_gb * GB, 2)
    return replace(found, disk_gib=disk, network_gbps=network, arm=arm)


def _instance(
    service: Service, name: str, cpus: float, memory: float, maker_name: str = "", count: int = 0, each: float = 0
) -> Instance:
    if not maker_name:
        return Instance(service, name, cpus, memory)
    named = card(maker_name, each)
    return Instance(
        service, name, cpus, memory, named, count, float(nominal_gib(named)),
        portable=portable(named), arm=named in gpus.ON_ARM,
    )  # fmt: skip


def _agree(one: Instance, other: Instance) -> None:
    """Raises ValueError where two sources differ on what is in a type."""
    facts = [(it.cpus, it.memory_gib, it.gpu, it.gpus, it.gpu_memory_gib) for it in (one, other)]
    if facts[0] != facts[1]:
        raise ValueError(f"{one.id}: {facts[0]} by one source, {facts[1]} by another")


def _uses(letters: str) -> frozenset[Use]:
    return frozenset(use for use, letter in _LETTERS.items() if letter in letters)


def _row(it: Instance) -> list[Any]:
    uses = "".join(letter for use, letter in _LETTERS.items() if use in it.uses)
    flags = "a" * it.arm + "b" * it.burstable + "x" * (not it.portable)
    row = [it.id, uses, _short(it.cpus), _short(it.memory_gib), flags, _short(it.disk_gib), _short(it.network_gbps),
           it.gpu, it.gpus or None, _short(it.gpu_memory_gib)]  # fmt: skip
    while row[-1] is None:
        row.pop()
    return row


def _short(number: float | None) -> float | int | None:
    return int(number) if number is not None and number == int(number) else number
