"""Who a process is, for certain: its number alone may belong to a stranger after a crash or a reboot."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True)
class Identity:
    """`started` is the kernel's own mark of when the process began: a wrong or moved clock does not change it."""

    pid: int
    started: str
    boot: str

    def record(self) -> dict[str, Any]:
        return asdict(self)


def of_record(record: Mapping[str, Any] | None) -> Identity | None:
    if not record:
        return None
    try:
        return Identity(int(record["pid"]), str(record["started"]), str(record["boot"]))
    except (KeyError, TypeError, ValueError):
        return None


@cache
def boot() -> str:
    """Names this boot of this machine."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return str(int(psutil.boot_time()) // 60)  # the clock may be nudged by seconds between two looks


def _started(pid: int) -> str | None:
    if sys.platform == "linux":
        try:
            stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return None
        fields = stat.rpartition(")")[2].split()
        return None if fields[0] in "ZX" else fields[19]  # a zombie does nothing any more
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except psutil.Error:
        return None


def identify(pid: int) -> Identity | None:
    """None where no such process lives."""
    started = _started(pid)
    return None if started is None else Identity(pid, started, boot())


def me() -> Identity:
    mine = identify(os.getpid())
    if mine is None:  # pragma: no cover - we are running
        raise RuntimeError("this process cannot see itself")
    return mine


def alive(identity: Identity | None) -> bool:
    """True only for that very process; a stranger with its number, or another boot, is not it."""
    return identity is not None and identity.boot == boot() and _started(identity.pid) == identity.started
