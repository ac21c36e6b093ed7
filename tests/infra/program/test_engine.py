"""The program by the real engine, which needs no plug-in for this machine: as `main: infra` and as `infra init` writes it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tradewind.infra.starting import files

ROOT = Path(__file__).parents[3]
NEEDED = ("pulumi", "pulumi-language-python", "pulumi-language-python-exec", "uv")
pytestmark = [
    pytest.mark.skipif(
        any(shutil.which(it) is None for it in NEEDED),
        reason=f"not all of {NEEDED} on PATH: the real engine is not exercised",
    ),
    pytest.mark.slow,
]


def _runtime(text: str) -> str:
    """With the interpreter of the tests instead of an installation."""
    said = yaml.safe_load(text)
    said["runtime"] = {"name": "python", "options": {"toolchain": "uv", "virtualenv": sys.prefix}}
    return yaml.safe_dump(said, sort_keys=False)


def pulumi(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    kept = {key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ}
    state = folder.parent / "state"
    state.mkdir(exist_ok=True)
    own = {
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_BACKEND_URL": state.as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "x",
        "PULUMI_HOME": str(folder.parent / "home"),
        "UV_OFFLINE": "1",
    }
    command = ["pulumi", *words, "--non-interactive"]
    return subprocess.run(command, cwd=folder, env=kept | own, capture_output=True, text=True, timeout=100)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "project"
    made.mkdir()
    # Pulumi lists packages from it; without a pyproject.toml uv installs nothing.
    (made / "uv.lock").write_text("version = 1\n")
    return made


def check_up(folder: Path, ground: Path) -> None:
    up = pulumi(folder, "up", "--yes")
    assert up.returncode == 0, up.stdout + up.stderr
    assert json.loads((ground / "tradewind" / "foundation.json").read_text())["outputs"] == {}
    again = pulumi(folder, "up", "--yes", "--expect-no-changes")
    assert again.returncode == 0, again.stdout + again.stderr


def test_this_repositorys_program(folder: Path, tmp_path: Path) -> None:
    (folder / "Pulumi.yaml").write_text(_runtime((ROOT / "Pulumi.yaml").read_text()))
    (folder / "infra").symlink_to(ROOT / "infra")
    assert pulumi(folder, "stack", "init", "dev").returncode == 0
    missing = pulumi(folder, "preview")
    assert missing.returncode != 0
    assert "missing configuration value" in missing.stdout + missing.stderr
    for words in (("cloud", "local"), ("folder", str(tmp_path / "ground")), ("--path", "tags.team", "growth")):
        assert pulumi(folder, "config", "set", *words).returncode == 0
    check_up(folder, tmp_path / "ground")
    assert pulumi(folder, "config", "set", "foldr", "x").returncode == 0
    wrong = pulumi(folder, "preview")
    said = wrong.stdout + wrong.stderr
    assert wrong.returncode != 0
    assert "tradewind:foldr: is no key that is known here (did you mean 'tradewind:folder'?)" in said
    assert "Traceback" not in said


def test_what_init_writes(folder: Path, tmp_path: Path) -> None:
    for name, text in files("local", "ground", "dev", {"folder": str(tmp_path / "ground")}).items():
        (folder / name).write_text(_runtime(text) if name == "Pulumi.yaml" else text)
    assert pulumi(folder, "stack", "init", "dev").returncode == 0
    check_up(folder, tmp_path / "ground")
