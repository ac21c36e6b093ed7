"""Which version a `pulumi` is. Asking takes an eighth of a second, so the answer is kept until the file changes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

from pulumi.automation.errors import InvalidVersionError
from semver import VersionInfo

from tradewind.home import home
from tradewind.infra import whole

# What the SDK needs to stream events (automation/_stack.py, _setup_event_log); older ones write a file, which it reads without
# telling what it could not, and before 3.181 none runs a program of this process for refresh and destroy.
OLDEST = VersionInfo(3, 206, 0)


def of(path: Path) -> VersionInfo:
    """Raises OSError or CalledProcessError where it does not run, InvalidVersionError where it is too old or says none."""
    mark = _mark(path)
    said = _kept(mark) or _asked(path)
    found = next((it for line in reversed(said.splitlines()) if (it := _parsed(line)) is not None), None)
    if found is None:
        raise InvalidVersionError(f"{path} says that its version is {said!r}")
    if found < OLDEST:
        raise InvalidVersionError(f"{path} is version {found}; {OLDEST} or newer is needed")
    _keep(mark, said)
    return found


def _parsed(line: str) -> VersionInfo | None:
    """A script around `pulumi` may say something first."""
    try:
        return VersionInfo.parse(line.strip().removeprefix("v"))
    except ValueError:
        return None


def _mark(path: Path) -> list[str | int]:
    at = path.stat()
    return [str(path.resolve()), at.st_mtime_ns, at.st_size]


def _asked(path: Path) -> str:
    environ = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    return subprocess.run(
        [str(path), "version"], env=environ, capture_output=True, text=True, check=True, timeout=60
    ).stdout.strip()


def _file() -> Path:
    return home() / "infra" / "pulumi-version.json"


def _kept(mark: list[str | int]) -> str:
    try:
        known = json.loads(_file().read_text())
        return str(known["version"]) if known["file"] == mark else ""
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # asked again


def _keep(mark: list[str | int], version: str) -> None:
    if _kept(mark) == version:
        return
    there = _file()
    there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    whole.put(there, json.dumps({"file": mark, "version": version}))
