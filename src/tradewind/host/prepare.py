"""From artifacts to something that can be started: the user's files, our own programs, and a Python that has what they need."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tradewind.host import interpreters, venvs
from tradewind.host.errors import HostError, told
from tradewind.host.files import aside
from tradewind.host.unpack import unpack_into, unpacked

OURS = ("container", "training_jobs", "serving")


@dataclass(frozen=True)
class Preparation:
    """All by address and digest. `requirements` is a path inside the code."""

    code: str | None = None
    code_digest: str = ""
    runtime: str | None = None
    runtime_digest: str = ""
    python: str | None = None
    requirements: str | None = None
    index: str | None = None


@dataclass(frozen=True)
class Prepared:
    """`python` to run with, `pythonpath` for our own programs, `code` the user's folder (None: there is none)."""

    python: str
    pythonpath: str
    code: str | None


def applied(prepared: Prepared, env: Mapping[str, str]) -> dict[str, str]:
    """How a program finds this Python and our own part of it, before what its own environment says."""
    paths = [prepared.pythonpath, env.get("PYTHONPATH", "")]
    return {
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        "PATH": os.pathsep.join([str(Path(prepared.python).parent), env.get("PATH", os.defpath)]),
    }


def prepare(want: Preparation, cache: Path, environ: Mapping[str, str], private: Path | None = None) -> Prepared:
    """`private`: unpack the code there instead of into the shared cache, for programs that write beside themselves."""
    code = _code(want, cache, private)
    python = interpreters.need(want.python)
    if want.requirements is not None:
        python = venvs.ensure(_venv(want, python, code), cache / "venvs", environ)
    runtime = unpacked(want.runtime, want.runtime_digest, cache / "runtime") if want.runtime else own_runtime(cache)
    return Prepared(python=python, pythonpath=str(runtime), code=None if code is None else str(code))


def _code(want: Preparation, cache: Path, private: Path | None) -> Path | None:
    if want.code is None:
        return None
    shared = unpacked(want.code, want.code_digest, cache / "code")
    if private is None:
        return shared
    if not private.is_dir():
        unpack_into(shared, private)
    return private


def _venv(want: Preparation, python: str, code: Path | None) -> venvs.Wish:
    file = (code or Path()) / (want.requirements or "")
    if code is None or not file.is_file():
        raise HostError(
            "invalid",
            f"the requirements file {want.requirements} is not in the bundle",
            code="TW608",
            hint="runtime.requirements names a file beside deploy.yaml; is it ignored by .deployignore?",
        )
    return venvs.Wish(python, file, code, want.index)


def own_runtime(cache: Path) -> Path:
    """This installation's programs for containers, as a tree of their own: without the rest of tradewind on the path."""
    spec = importlib.util.find_spec("tradewind")
    source = Path(spec.origin).parent if spec is not None and spec.origin else Path()
    folder = cache / "runtime" / f"own-{hashlib.sha256(str(source).encode()).hexdigest()[:12]}"
    if folder.is_dir():
        return folder
    beside = aside(folder)
    with told():
        (beside / "tradewind").mkdir(parents=True)
        (beside / "tradewind" / "__init__.py").write_text("", encoding="utf-8")
        for room in OURS:
            (beside / "tradewind" / room).symlink_to((source / room).resolve(), target_is_directory=True)
        try:
            beside.rename(folder)
        except OSError:  # another process was first
            shutil.rmtree(beside, ignore_errors=True)
    return folder
