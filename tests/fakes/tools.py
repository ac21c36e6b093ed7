"""The tools that tests of packaging call: uv wherever the Makefile finds it, and commands that show what they said."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]


def uv() -> str:
    found = shutil.which("uv") or str(ROOT / ".tools" / "bin" / "uv")
    assert Path(found).exists(), "no uv: run `make setup`"
    return found


def call(
    *command: str | Path, cwd: Path | None = None, env: Mapping[str, str] | None = None, timeout: float = 90
) -> str:
    """stdout; a failure shows everything that was said."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, env=env, capture_output=True, text=True, timeout=timeout, check=False
    )
    assert done.returncode == 0, f"{command} exits {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def once(folder: Path, make: Callable[[Path], None]) -> Path:
    """`folder`, made by the first of all xdist workers that asks."""
    with FileLock(f"{folder}.lock"):
        if not folder.exists():
            part = folder.with_name(f"{folder.name}.part")
            shutil.rmtree(part, ignore_errors=True)
            part.mkdir(parents=True)
            make(part)
            part.rename(folder)
    return folder
