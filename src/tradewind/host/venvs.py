"""Virtual environments from a requirements file, cached by all that decides their content, built by one process at a time."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock

from tradewind.host.errors import HostError, told
from tradewind.host.files import write_whole
from tradewind.host.processes import MARK, plain_environment

READY = ".tradewind-ready"  # written last: without it the folder is a half-built one and is built anew
SHOWN = 15  # lines of the installer's last words
LOCAL = ("-r", "-c", "-e", "--requirement", "--constraint", "--editable", ".", "/", "file:", "--find-links")


@dataclass(frozen=True)
class Wish:
    """`folder` is what relative paths in the requirements mean. Our own programs need nothing but Python."""

    python: str
    requirements: Path
    folder: Path
    index: str | None = None


def venv_python(venv: Path) -> str:
    return str(venv / "bin" / "python")


def digest(wish: Wish) -> str:
    text = wish.requirements.read_text(encoding="utf-8", errors="replace")
    parts = [text, os.path.realpath(wish.python), wish.index or "", platform.platform()]
    if any(line.strip().startswith(LOCAL) for line in text.splitlines()):
        parts.append(str(wish.folder))  # it names files beside it: another bundle may hold others
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:32]


def ensure(wish: Wish, cache: Path, environ: Mapping[str, str]) -> str:
    """Path of the Python in an environment that holds the requirements; builds it where there is none. May take minutes."""
    with told():
        venv = cache / digest(wish)
        if not (venv / READY).exists():
            cache.mkdir(parents=True, exist_ok=True)
            with FileLock(cache / f"{venv.name}.lock"):
                if not (venv / READY).exists():
                    _build(wish, venv, environ)
    return venv_python(venv)


def _build(wish: Wish, venv: Path, environ: Mapping[str, str]) -> None:
    shutil.rmtree(venv, ignore_errors=True)
    uv = shutil.which("uv", path=environ.get("PATH"))
    try:
        for step in _steps(wish, venv, uv):
            _run(step, wish.folder, {**environ, **_index(wish.index)})
    except BaseException:
        shutil.rmtree(venv, ignore_errors=True)
        raise
    write_whole(venv / READY, "")


def _steps(wish: Wish, venv: Path, uv: str | None) -> Sequence[Sequence[str]]:
    wanted = ["-r", str(wish.requirements)]
    if uv is not None:
        return (
            [uv, "venv", "--quiet", "--no-project", "--python", wish.python, str(venv)],
            [uv, "pip", "install", "--quiet", "--python", venv_python(venv), *wanted],
        )
    return (
        [wish.python, "-m", "venv", str(venv)],
        [venv_python(venv), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted],
    )


def _index(index: str | None) -> Mapping[str, str]:
    """Through the environment: an address may carry a password, which everybody could read in the arguments."""
    return {"UV_DEFAULT_INDEX": index, "PIP_INDEX_URL": index} if index else {}


def _run(argv: Sequence[str], folder: Path, environ: Mapping[str, str]) -> None:
    done = subprocess.run(
        list(argv),
        cwd=folder,
        env={**plain_environment(environ), MARK: environ.get(MARK, "")},  # found and ended with its daemon
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        last = "\n".join(done.stdout.strip().splitlines()[-SHOWN:])
        raise HostError(
            "invalid",
            f"the requirements could not be installed:\n{last}",
            code="TW608",
            hint="try the same file with `pip install -r`; see runtime.requirements and runtime.index",
        )
