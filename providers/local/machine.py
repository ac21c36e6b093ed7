"""This host as a machine type, and whether it meets a need."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import psutil

from tradewind.values import Hardware, Loss, Machine

GIB = 1024**3
NAME = "local"
NOMINAL = 0.92  # of the size on its box is what a GPU reports: an L4 is 24 GiB and says 22.5


@dataclass(frozen=True)
class Gpus:
    """All of one kind; `memory_gib` of each, as the driver reports it."""

    name: str
    count: int
    memory_gib: float


@cache
def host() -> Machine:
    """Its GPUs are looked at only where they are asked for: the driver's tool takes a second."""
    return Machine(NAME, float(_cpus()), round(psutil.virtual_memory().total / GIB, 1))


def meet(need: Hardware, use: Literal["train", "serve"]) -> Machine | Loss:
    """The host, or the first thing of the need that it does not have."""
    here = host()
    if need.cpus is not None and need.cpus > here.cpus:
        return _short(use, "cpus", f"{need.cpus:g} CPUs asked for, this machine has {here.cpus:g}")
    if need.memory_gib is not None and need.memory_gib > here.memory_gib:
        return _short(use, "memory", f"{need.memory_gib:g} GiB asked for, this machine has {here.memory_gib:g} GiB")
    if not need.gpus and need.gpu_memory_gib is None and not need.gpu_count:
        return here
    found = gpus()
    if found is not None and _enough(need, found):
        return replace(here, gpu=found.name, gpus=found.count)
    has = f"{found.count} x {found.name}" if found else "none"
    return _short(use, "gpu", f"{_asked(need)} asked for, this machine has {has}")


def _short(use: str, key: str, reason: str) -> Loss:
    return Loss(f"{use}.hardware.{key}", reason, fatal=True)


def _asked(need: Hardware) -> str:
    if need.gpus:
        return " or ".join(f"{count} x {name}" for name, count in need.gpus)
    return f"{max(1, need.gpu_count)} x GPU of {need.gpu_memory_gib or 0:g} GiB"


def _enough(need: Hardware, found: Gpus) -> bool:
    if need.gpus:
        return any(found.count >= max(1, count) and _plain(name) in _plain(found.name) for name, count in need.gpus)
    return found.count >= max(1, need.gpu_count) and found.memory_gib >= NOMINAL * (need.gpu_memory_gib or 0)


def _plain(name: str) -> str:
    return name.upper().replace("NVIDIA", "").replace("-", "").replace(" ", "")


def _cpus() -> int:
    """Those that this process may use: a container or taskset may leave it fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


@cache
def gpus() -> Gpus | None:
    """As the NVIDIA driver says; None where there is no driver."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None
    query = [tool, "--query-gpu=name,memory.total", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(query, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return parsed(said.stdout)


def parsed(said: str) -> Gpus | None:
    """`NVIDIA L4, 23034` a line, memory in MiB. A machine with several kinds counts those of the first."""
    rows = [tuple(part.strip() for part in line.rpartition(",")[::2]) for line in said.splitlines() if "," in line]
    if not rows:
        return None
    name, memory = rows[0]
    return Gpus(name, sum(row[0] == name for row in rows), float(memory) / 1024 if memory.isdigit() else 0.0)
