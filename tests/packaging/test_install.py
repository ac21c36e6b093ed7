"""The three ways to install - editable, wheel from the checkout, wheel from the sdist - each into a fresh environment.

The checkout's rooms are links; what people install are plain folders, the same whichever way the wheel was built.
"""

from __future__ import annotations

import os
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from fakes.tools import ROOT, call, once, uv

ROOMS = ("cli", "infra", "providers", "training_jobs", "serving", "sandbox")
CORE = ("spec", "engine", "cost", "machines", "storage", "host")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """sdist, the wheel from the checkout and the wheel from the sdist; built once for all workers, without the network."""

    def build(folder: Path) -> None:
        for kind in ("sdist", "wheel"):
            call(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", folder / "checkout", cwd=ROOT)
        with tarfile.open(_only(folder / "checkout", "*.tar.gz")) as archive:
            archive.extractall(folder / "unpacked", filter="data")
        source = _only(folder / "unpacked", "tradewind-*")
        call(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder / "sdist", cwd=source)

    base = tmp_path_factory.getbasetemp()
    return once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "dists", build)


def _only(folder: Path, pattern: str) -> Path:
    (found,) = folder.glob(pattern)
    return found


def _wheel(built: Path, origin: str) -> Path:
    return _only(built / origin, "*.whl")


def _contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist() if not name.endswith("/RECORD")}


def test_wheel_holds_every_room_and_nothing_else(built: Path) -> None:
    files = _contents(_wheel(built, "checkout"))
    for room in (*ROOMS, *CORE):
        assert f"tradewind/{room}/__init__.py" in files, f"room {room!r} is missing"
    assert "tradewind/py.typed" in files
    assert {f"tradewind/{room}/data/vertex.json" for room in ("cost", "machines")} <= set(files)
    assert not [
        name for name in files if name.startswith(("tradewind/cost/build/sources", "tradewind/cost/build/left_out"))
    ]
    assert "tradewind/providers/conformance/jobs.py" in files
    tops = {name.split("/")[0] for name in files}
    assert tops == {"tradewind", next(top for top in tops if top.endswith(".dist-info"))}
    strays = [name for name in files if "/tests/" in name or "__pycache__" in name or name.endswith(".pyc")]
    assert not strays
    assert not [name for name in files if Path(name).name.startswith("test_")]


def test_wheel_has_every_module_of_the_checkout(built: Path) -> None:
    """A room that the build skips by accident shows here, whatever its name."""
    modules = {
        f"tradewind/{room}/{path.relative_to(ROOT / room).as_posix()}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
    }
    core = ROOT / "src" / "tradewind"
    modules |= {
        f"tradewind/{path.relative_to(core).as_posix()}"
        for folder in [core, *(core / name for name in CORE)]
        for path in (folder.glob("*.py") if folder == core else folder.rglob("*.py"))
    }
    assert modules <= set(_contents(_wheel(built, "checkout")))


def test_wheels_from_checkout_and_sdist_are_the_same(built: Path) -> None:
    assert _contents(_wheel(built, "checkout")) == _contents(_wheel(built, "sdist"))


def test_licence_and_metadata(built: Path) -> None:
    files = _contents(_wheel(built, "checkout"))
    (licence,) = [name for name in files if name.endswith("/licenses/LICENSE")]
    assert b"Apache License" in files[licence]
    (metadata,) = [files[name].decode() for name in files if name.endswith("/METADATA")]
    assert "License-Expression: Apache-2.0" in metadata
    assert "Requires-Python: >=3.11" in metadata
    for extra in ("aws", "gcp", "azure"):
        assert f"Provides-Extra: {extra}" in metadata
    (entries,) = [files[name].decode() for name in files if name.endswith("/entry_points.txt")]
    assert entries.count("tradewind.cli.main:main") == 2


def test_sdist_holds_what_a_build_needs_and_no_environment(built: Path) -> None:
    with tarfile.open(_only(built / "checkout", "*.tar.gz")) as archive:
        names = [member.name.split("/", 1)[1] for member in archive.getmembers()]
    assert {"pyproject.toml", "LICENSE", "README.md", "cli/__init__.py"} <= set(names)
    assert not [name for name in names if name.startswith((".venv", ".git/", "dist/"))]


@pytest.fixture
def outside(tmp_path: Path) -> dict[str, str]:
    """The environment of a user's shell: no path of ours, a state folder of the test's own."""
    own = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TRADEWIND_HOME": str(tmp_path / "state")}
    # uv's cache and the machine's package index are the machine's business.
    kept = {name: value for name, value in os.environ.items() if name.startswith(("UV_", "PIP_", "SSL_", "HTTP"))}
    if "UV_CACHE_DIR" not in kept:
        kept["UV_CACHE_DIR"] = call(uv(), "cache", "dir").strip()
    return {**kept, **own}


@pytest.mark.timeout(240)  # a cold cache fetches the dependencies first
@pytest.mark.parametrize("way", ["checkout", "sdist", "editable"])
def test_installed_into_a_fresh_environment(way: str, built: Path, outside: dict[str, str], tmp_path: Path) -> None:
    venv = tmp_path / "venv"
    call(uv(), "venv", "-q", "--python", sys.executable, venv, env=outside)
    what = ["-e", ROOT] if way == "editable" else [_wheel(built, way)]
    python = venv / "bin" / "python"
    call(uv(), "pip", "install", "-q", "--python", python, *what, cwd=tmp_path, env=outside, timeout=220)

    said = {command: call(venv / "bin" / command, "--version", cwd=tmp_path, env=outside) for command in COMMANDS}
    version = call(python, "-c", "import tradewind; print(tradewind.__version__)", cwd=tmp_path, env=outside).strip()
    assert all(version in text for text in said.values()), said

    _import_path_is_clean(python, outside, tmp_path)
    if way != "editable":
        _rooms_are_folders(python, outside, tmp_path)


COMMANDS = ("deploy", "tradewind")


def _import_path_is_clean(python: Path, env: dict[str, str], cwd: Path) -> None:
    """Nothing called `cli` or `infra` lands in anyone's import path; all is below `tradewind`."""
    code = (
        "import importlib.util as u;"
        f"print([r for r in {(*ROOMS, 'tests', 'examples', 'benchmarks')!r} if u.find_spec(r)]);"
        f"print([r for r in {(*ROOMS, *CORE)!r} if not u.find_spec('tradewind.' + r)])"
    )
    assert call(python, "-c", code, cwd=cwd, env=env).split("\n")[:2] == ["[]", "[]"]


def _rooms_are_folders(python: Path, env: dict[str, str], cwd: Path) -> None:
    site = Path(call(python, "-c", "import tradewind; print(tradewind.__path__[0])", cwd=cwd, env=env).strip())
    for room in ROOMS:
        assert (site / room).is_dir()
        assert not (site / room).is_symlink()
