"""This host as a machine type, and whether it meets a need."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from typing import Literal

import psutil

from tradewind.values import Hardware, Loss, Machine

GIB = 1024**3
NAME = "local"


@cache
def host() -> Machine:
    gpu, gpus = _gpus()
    return Machine(NAME, float(_cpus()), round(psutil.virtual_memory().total / GIB, 1), gpu, gpus)


def meet(need: Hardware, use: Literal["train", "serve"]) -> Machine | Loss:
    """The host, or the first thing of the need that it does not have."""
    here = host()
    if need.cpus is not None and need.cpus > here.cpus:
        return _short(use, "cpus", f"{need.cpus:g} CPUs asked for, this machine has {here.cpus:g}")
    if need.memory_gib is not None and need.memory_gib > here.memory_gib:
        return _short(use, "memory", f"{need.memory_gib:g} GiB asked for, this machine has {here.memory_gib:g} GiB")
    wanted = need.gpus or (((f"{need.gpu_memory_gib:g} GiB GPU", need.gpu_count),) if need.gpu_memory_gib else ())
    if wanted and not any(_has(here, name, count) for name, count in wanted):
        names = " or ".join(f"{count} x {name}" for name, count in wanted)
        return _short(
            use, "gpu", f"{names} asked for, this machine has {f'{here.gpus} x {here.gpu}' if here.gpu else 'none'}"
        )
    return here


def _short(use: str, key: str, reason: str) -> Loss:
    return Loss(f"{use}.hardware.{key}", reason, fatal=True)


def _has(here: Machine, name: str, count: int) -> bool:
    if here.gpu is None or here.gpus < max(1, count):
        return False
    return name.endswith("GiB GPU") or _plain(name) in _plain(here.gpu)


def _plain(name: str) -> str:
    return name.upper().replace("NVIDIA", "").replace("-", "").replace(" ", "")


def _cpus() -> int:
    """Those that this process may use: a container or taskset may leave it fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:
        return os.cpu_count() or 1


def _gpus() -> tuple[str | None, int]:
    """(name, count) as the NVIDIA driver says; none where there is no driver."""
    tool = shutil.which("nvidia-smi")
    if tool is None:
        return None, 0
    try:
        said = subprocess.run(
            [tool, "--query-gpu=name", "--format=csv,noheader"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None, 0
    names = [line.strip() for line in said.stdout.splitlines() if line.strip()]
    return (names[0], len(names)) if names else (None, 0)
