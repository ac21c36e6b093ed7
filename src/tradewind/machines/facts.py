"""What machine types the services have, and what is in each: data/<service>.json, made by `python -m tradewind.cost.build`."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, get_args

from tradewind.machines.instance import Instance, Service, Use

DATA = Path(__file__).parent / "data"
_EMPTY: tuple[Any, ...] = (None,) * 10
_USES: Mapping[str, frozenset[Use]] = {
    "t": frozenset({"train"}),
    "s": frozenset({"serve"}),
    "ts": frozenset({"train", "serve"}),
}


def services() -> tuple[Service, ...]:
    return get_args(Service)


@cache
def instances(service: Service) -> tuple[Instance, ...]:
    """In the reference order: cheapest first by the list prices of the service's home region, what has none there last;
    ties by id.
    """
    rows = json.loads((DATA / f"{service}.json").read_bytes())["instances"]
    return tuple(_instance(service, row) for row in rows)


def find(service: Service, id: str) -> Instance | None:
    """None where nobody here knows the type; the service may know it."""
    return _by_id(service).get(id)


@cache
def _by_id(service: Service) -> Mapping[str, Instance]:
    return {instance.id: instance for instance in instances(service)}


def _instance(service: Service, row: Sequence[Any]) -> Instance:
    """`columns` of the file, in their order; those that are empty at the end are left out."""
    id, uses, cpus, memory, flags, disk, network, gpu, gpus, each = (*row, *_EMPTY[len(row) :])
    return Instance(
        service=service,
        id=id,
        cpus=float(cpus),
        memory_gib=float(memory),
        gpu=gpu,
        gpus=gpus or 0,
        gpu_memory_gib=None if each is None else float(each),
        disk_gib=disk,
        network_gbps=network,
        arm="a" in flags,
        uses=_USES[uses],
        portable="x" not in flags,
        burstable="b" in flags,
    )
