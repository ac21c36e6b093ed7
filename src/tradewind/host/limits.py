"""What a process may use. The need of the spec is kept as a limit: what would not fit a cloud's machine fails here too."""

from __future__ import annotations

import contextlib
import math
import os
import zlib
from dataclasses import dataclass

import psutil

GIB = 1024**3


@dataclass(frozen=True)
class Limits:
    """`cpus` by affinity where the kernel has it (Linux); `memory` in bytes of resident memory, over the whole tree."""

    cpus: float | None = None
    memory: int | None = None


UNLIMITED = Limits()


def confine(pid: int, limits: Limits) -> bool:
    """Bind a fresh process, and so all it will start, to as many CPUs as it asked for. False: not possible here."""
    if limits.cpus is None or not hasattr(os, "sched_setaffinity"):
        return limits.cpus is None
    allowed = sorted(os.sched_getaffinity(0))
    count = min(len(allowed), max(1, math.ceil(limits.cpus)))
    if count == len(allowed):
        return True
    first = zlib.crc32(str(pid).encode()) % len(allowed)  # neighbours should not all crowd onto CPU 0
    chosen = {allowed[(first + step) % len(allowed)] for step in range(count)}
    try:
        os.sched_setaffinity(pid, chosen)
    except OSError:
        return False
    return True


def resident(pid: int, *, shared_once: bool = False) -> int:
    """Bytes of memory that this process and all below it hold. 0 where it is gone.

    `shared_once`: what forked workers share counts once (slower, Linux); else once for each of them.
    """
    try:
        root = psutil.Process(pid)
        family = [root, *root.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            total += _proportional(process) if shared_once else process.memory_info().rss
    return total


def _proportional(process: psutil.Process) -> int:
    full = process.memory_full_info()
    return int(getattr(full, "pss", full.rss))


def over_memory(pid: int, limits: Limits) -> str:
    """Why it has to end, or "" while it is within its limit."""
    if limits.memory is None:
        return ""
    if resident(pid) <= limits.memory:
        return ""
    used = resident(pid, shared_once=True)
    if used <= limits.memory:
        return ""
    return f"used {used / GIB:.2f} GiB of memory where hardware.memory allows {limits.memory / GIB:.2f} GiB"
