"""The runtime archive: from the checkout and from an installed copy, and on the oldest Python there is."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from fakes.pythons import old_python

import tradewind
from tradewind.engine import runtime
from tradewind.engine.collecting import BundleError


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    runtime.archive().write(tmp_path / "runtime.tar.gz")
    with tarfile.open(tmp_path / "runtime.tar.gz") as archive:
        archive.extractall(tmp_path / "runtime", filter="data")
    return tmp_path / "runtime"


def test_what_is_in_it() -> None:
    names = [file.path for file in runtime.archive().files]
    assert "tradewind/__init__.py" in names
    assert "tradewind/training_jobs/bootstrap.py" in names
    assert "tradewind/serving/__init__.py" in names
    assert all(name.split("/")[1] in ("container", "training_jobs", "serving", "__init__.py") for name in names)
    assert not [name for name in names if "__pycache__" in name or "Dockerfile" in name]


@pytest.mark.parametrize("module", ["tradewind.training_jobs.bootstrap", "tradewind.serving"])
def test_it_runs_without_installation_on_an_old_python(unpacked: Path, tmp_path: Path, module: str) -> None:
    python = old_python()
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [python, "-m", module, "--help"], cwd=tmp_path, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_every_module_compiles_on_an_old_python(unpacked: Path) -> None:
    done = subprocess.run(
        [old_python(), "-m", "compileall", "-q", str(unpacked)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_from_an_installed_copy_it_is_the_same(tmp_path: Path) -> None:
    """A wheel holds real folders where the checkout has links."""
    site = tmp_path / "site"
    shutil.copytree(
        Path(tradewind.__file__).parent,
        site / "tradewind",
        symlinks=False,
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    script = "from tradewind.engine import runtime; import tradewind; print(tradewind.__file__); print(runtime.archive().digest)"
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**os.environ, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=True,
    )
    where, digest = done.stdout.split()
    assert where.startswith(str(site))
    assert digest == runtime.archive().digest


def test_an_incomplete_installation_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runtime, "__file__", str(tmp_path / "engine" / "runtime.py"))
    with pytest.raises(BundleError) as caught:
        runtime.archive.__wrapped__()
    assert caught.value.code == "TW710"
