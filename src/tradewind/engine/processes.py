"""Which process is this, and does one that was written down still live? Told by this machine only, never guessed for another."""

from __future__ import annotations

import getpass
import os
import socket
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")


@dataclass(frozen=True)
class Process:
    """`machine` tells boots and containers apart, so that an equal pid elsewhere is not taken for this one."""

    host: str
    machine: str
    pid: int
    started: str  # as this system counts it; no wall clock in it where that can be avoided


def me() -> Process:
    pid = os.getpid()
    return Process(socket.gethostname(), _machine(), pid, _started(pid) or "")


def gone(process: Process) -> bool:
    """True only where it is certain: the same boot of the same machine (or container) has no such process any more."""
    if not process.machine or process.machine != _machine() or process.host != socket.gethostname():
        return False
    started = _started(process.pid)
    return started is None or (bool(process.started) and started != process.started)


def user() -> str:
    """Whoever runs this, for people to read."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's numeric user without an entry
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"


def _machine() -> str:
    """The boot and the pid namespace; "" where this system cannot tell, and then nobody is ever declared dead."""
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{boot}/{(PROC / 'self/ns/pid').stat().st_ino}"
    except OSError:
        return ""


def _started(pid: int) -> str | None:
    """Ticks between boot and the start of the process; None where there is no such process (or only its zombie)."""
    try:
        text = (PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in ("Z", "X") else fields[19]
