"""The parts of a need, and whether a machine type has each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Literal

from tradewind.machines.instance import Instance, Service
from tradewind.spec import gpus
from tradewind.values import Hardware

Part = Literal["gpu", "cpus", "memory", "disk"]  # of a need, as deploy.yaml writes it

# Where a machine that brings its own disks takes no other: SageMaker's "available storage is fixed to the NVMe-type
# instance's storage capacity" (CreateTrainingJob); Azure ML cannot be asked for a disk. Vertex adds a boot disk of any size.
_FIXED_DISKS: frozenset[Service] = frozenset({"sagemaker", "azureml"})


def misses(instance: Instance, need: Hardware) -> tuple[Part, ...]:
    """The parts of the need that the machine fails."""
    return tuple(part for part, has in PARTS.items() if not has(instance, need))


def wants_gpu(need: Hardware) -> bool:
    return bool(need.gpus or need.gpu_count or need.gpu_memory_gib is not None)


@lru_cache(maxsize=256)  # asked of each machine type there is, for one need
def counts(named: tuple[tuple[str, int], ...]) -> Mapping[str, int]:
    """Of the cards that a need names, by their exact names (`A100` is two), how many would do."""
    found: dict[str, int] = {}
    for said, count in named:
        for card in (*gpus.meant(said), gpus.canonical(said)):
            found[card] = min(count, found.get(card, count))
    return found


def has_named(instance: Instance, need: Hardware) -> bool:
    """Has cards that the need names, be they too few: whole ones. A slice of an A10, half of it at most, is no A10."""
    if instance.gpu is None or instance.gpu not in counts(need.gpus):
        return False
    whole = gpus.MEMORY_GIB.get(instance.gpu)
    return whole is None or instance.gpu_memory_gib is None or instance.gpu_memory_gib > whole / 2


def card_memory_gib(instance: Instance) -> float | None:
    """Nominal memory of one card, as the machine has it; None where it has no card or nobody knows."""
    if instance.gpu is None:
        return None
    return instance.gpu_memory_gib if instance.gpu_memory_gib is not None else gpus.MEMORY_GIB.get(instance.gpu)


def _gpu(instance: Instance, need: Hardware) -> bool:
    """Any of the cards named, or one with the memory asked for. A need without GPUs is met by a machine without any."""
    if has_named(instance, need) and instance.gpus >= counts(need.gpus)[instance.gpu or ""]:
        return True
    if need.gpu_memory_gib is not None or need.gpu_count:
        memory = card_memory_gib(instance) if instance.portable else None
        return memory is not None and memory >= (need.gpu_memory_gib or 0) and instance.gpus >= max(1, need.gpu_count)
    return not need.gpus and instance.gpus == 0


def _cpus(instance: Instance, need: Hardware) -> bool:
    return instance.cpus >= (need.cpus or 0)


def _memory(instance: Instance, need: Hardware) -> bool:
    return instance.memory_gib >= (need.memory_gib or 0)


def _disk(instance: Instance, need: Hardware) -> bool:
    if instance.disk_gib is None or instance.service not in _FIXED_DISKS:
        return True
    return instance.disk_gib >= (need.disk_gib or 0)


PARTS: Mapping[Part, Callable[[Instance, Hardware], bool]] = {
    "gpu": _gpu,
    "cpus": _cpus,
    "memory": _memory,
    "disk": _disk,
}
