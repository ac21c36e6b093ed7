"""SageMaker's machine types: the cheapest that meets a need, or the one that is named."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tradewind.providers.aws import disks
from tradewind.spec import gpus
from tradewind.values import Hardware, Loss, Machine

Use = Literal["train", "serve"]
_DATA = Path(__file__).parent / "data" / "instances.json"
_BURSTABLE = ("ml.t2.", "ml.t3.")  # throttled once their credits are used up: never chosen, only named


@dataclass(frozen=True)
class Instance:
    machine: Machine
    uses: str  # "t" train, "s" serve


@cache
def instances() -> tuple[Instance, ...]:
    """Cheapest first, by list prices of us-east-1."""
    rows = json.loads(_DATA.read_text("utf-8"))["instances"]
    return tuple(
        Instance(Machine(name, cpus, memory, gpu or None, count), uses) for name, uses, cpus, memory, gpu, count in rows
    )


def named(name: str, need: Hardware) -> Machine:
    """A machine asked for by its own name, whatever the need. What is in one that is new to us is taken from the need."""
    known = next((it.machine for it in instances() if it.machine.id == name), None)
    if known is not None:
        return known
    card, count = need.gpus[0] if need.gpus else (None, need.gpu_count)
    return Machine(name, need.cpus or 0, need.memory_gib or 0, card, count)


def meet(need: Hardware, use: Use) -> Machine | Loss:
    """The cheapest machine that meets the need, or why there is none, with the nearest there are."""
    offered = [it.machine for it in instances() if use[0] in it.uses and not it.machine.id.startswith(_BURSTABLE)]
    found = next((machine for machine in offered if _meets(machine, need)), None)
    return found or _none(offered, need, use)


def _meets(machine: Machine, need: Hardware) -> bool:
    return _has_room(machine, need) and _has_gpus(machine, need)


def _has_room(machine: Machine, need: Hardware) -> bool:
    own = disks.own_gib(machine.id)
    return (
        machine.cpus >= (need.cpus or 0)
        and machine.memory_gib >= (need.memory_gib or 0)
        and (own is None or own >= (need.disk_gib or 0))
    )


def _has_gpus(machine: Machine, need: Hardware) -> bool:
    """A need without GPUs is met by a machine without any."""
    if need.gpus:
        return any(_is_card(machine, card) and machine.gpus >= count for card, count in need.gpus)
    if need.gpu_memory_gib is not None or need.gpu_count:
        memory = gpus.memory_gib(machine.gpu) if machine.gpu else None
        return memory is not None and memory >= (need.gpu_memory_gib or 0) and machine.gpus >= max(1, need.gpu_count)
    return machine.gpus == 0


def _is_card(machine: Machine, card: str) -> bool:
    return machine.gpu is not None and gpus.same(card, machine.gpu)


def _none(offered: list[Machine], need: Hardware, use: Use) -> Loss:
    path, asked = f"{use}.hardware", _asked(need)
    if not any(_has_gpus(machine, need) for machine in offered):
        path = f"{use}.hardware.gpu"
    near = ", ".join(dict.fromkeys(_said(machine) for machine in _nearest(offered, need)))
    return Loss(path, f"no SageMaker machine has {asked}; the nearest are {near}", fatal=True)


def _nearest(offered: list[Machine], need: Hardware) -> list[Machine]:
    """With the right card the most of it; else the right number of other cards; else the largest."""
    right = [machine for machine in offered if any(_is_card(machine, card) for card, _ in need.gpus)]
    if right:
        return sorted(right, key=lambda m: (-m.gpus, -m.memory_gib))[:3]
    if need.gpus or need.gpu_count or need.gpu_memory_gib:
        wanted = max([count for _, count in need.gpus] or [need.gpu_count or 1])
        cards = [machine for machine in offered if machine.gpu in gpus.MEMORY_GIB]
        return sorted(cards, key=lambda m: (abs(m.gpus - wanted), -(gpus.memory_gib(m.gpu or "") or 0)))[:3]
    plain = [machine for machine in offered if not machine.gpus]
    return sorted(plain, key=lambda m: (-m.memory_gib, -m.cpus))[:3]


def _asked(need: Hardware) -> str:
    return " and ".join(_parts(need)) or "that"


def _parts(need: Hardware) -> Iterator[str]:
    if need.gpus:
        yield " or ".join(f"{count} x {card}" for card, count in need.gpus)
    elif need.gpu_memory_gib is not None or need.gpu_count:
        least = f" of {need.gpu_memory_gib:g} GiB" if need.gpu_memory_gib else ""
        yield f"{max(1, need.gpu_count)} GPU{least}"
    if need.cpus:
        yield f"{need.cpus:g} CPUs"
    if need.memory_gib:
        yield f"{need.memory_gib:g} GiB of memory"
    if need.disk_gib:
        yield f"{need.disk_gib:g} GiB of disk"


def _said(machine: Machine) -> str:
    card = f", {machine.gpus} x {machine.gpu}" if machine.gpu else ""
    return f"{machine.id} ({machine.cpus:g} CPUs, {machine.memory_gib:g} GiB{card})"
