"""Other Pythons on this machine, where there are any: prebuilt images carry old ones."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path

import pytest


def old_python(version: str = "3.8") -> str:
    """Path of that Python; skips the test, aloud, where it is nowhere to be found."""
    found = _find(version)
    if found is None:
        pytest.skip(f"no Python {version} on this machine: that the shipped runtime works there is NOT tested")
    return found


@cache
def _find(version: str) -> str | None:
    candidates = [shutil.which(f"python{version}")]
    for root in (os.environ.get("PYENV_ROOT"), Path.home() / ".pyenv"):
        if root:
            candidates += sorted(str(path) for path in Path(root).glob(f"versions/{version}.*/bin/python"))
    return next((path for path in candidates if path and _is(path, version)), None)


def _is(path: str, version: str) -> bool:
    """A version manager's shim is on PATH and runs nothing."""
    asked = [path, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"]
    done = subprocess.run(asked, capture_output=True, text=True, check=False)
    return done.returncode == 0 and done.stdout.strip() == version
