"""Finds the Python that was asked for."""

from __future__ import annotations

import shutil
import subprocess
import sys

from tradewind.host.errors import HostError

HERE = f"{sys.version_info.major}.{sys.version_info.minor}"


def matches(wanted: str, version: str) -> bool:
    """Whether "3.12" (or "3.12.4", or "3") means this version."""
    asked = wanted.split(".")
    return version.split(".")[: len(asked)] == asked


def find(wanted: str | None) -> str | None:
    """Path of an interpreter of that version: this one, else one on PATH, else one that uv knows of. None: there is none."""
    full = ".".join(str(part) for part in sys.version_info[:3])
    if wanted is None or matches(wanted, full):
        return sys.executable
    candidate = shutil.which(f"python{'.'.join(wanted.split('.')[:2])}")
    if candidate is not None and matches(wanted, _version(candidate)):
        return candidate
    uv = shutil.which("uv")
    if uv is None:
        return None
    found = _run([uv, "python", "find", "--no-python-downloads", "--no-project", wanted])
    return found if found and matches(wanted, _version(found)) else None


def need(wanted: str | None) -> str:
    found = find(wanted)
    if found is None:
        raise HostError(
            "invalid",
            f"no Python {wanted} on this machine",
            code="TW607",
            hint=f"install it (`uv python install {wanted}`), or ask for runtime.python: {HERE!r}, which runs here",
        )
    return found


def _version(python: str) -> str:
    return _run([python, "-I", "-c", "import sys; print('.'.join(map(str, sys.version_info[:3])))"])


def _run(argv: list[str]) -> str:
    """Its stdout, or "" where it failed."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=20, check=False, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
