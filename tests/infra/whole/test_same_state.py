"""`deploy infra` in any folder and plain `pulumi` in a checkout: one program on one state, both ways."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.infra.whole.conftest import Team

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
STACK = ("--provider", "aws", "--stack", "dev")


def pulumi(team: Team, folder: Path, *words: str) -> str:
    state = Path(team.environ["TRADEWIND_HOME"]) / "infra"
    own = {
        "PULUMI_BACKEND_URL": (state / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE_FILE": str(state / "passphrase"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "UV_OFFLINE": "1",
    }
    done = subprocess.run(
        ["pulumi", *words, "--stack", "dev", "--non-interactive"],
        cwd=folder, env={**os.environ, **team.environ, **own}, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def checkout(team: Team, tmp_path: Path) -> Path:
    """What `infra init` writes, with the interpreter of the tests instead of an installation."""
    folder = tmp_path / "checkout"
    folder.mkdir()
    team.folder.mkdir()
    team.say("infra", "init", str(folder), *STACK)
    said = yaml.safe_load((folder / "Pulumi.yaml").read_text())
    said["runtime"] = {"name": "python", "options": {"toolchain": "uv", "virtualenv": sys.prefix}}
    (folder / "Pulumi.yaml").write_text(yaml.safe_dump(said))
    (folder / "uv.lock").write_text("version = 1\n")
    return folder


def test_each_finds_nothing_to_do_after_the_other(team: Team, checkout: Path) -> None:
    made = team.json("infra", "up", *STACK, "--yes")
    pulumi(team, checkout, "preview", "--expect-no-changes")
    pulumi(team, checkout, "config", "set", "scratch_days", "3")
    assert "1 to update" in pulumi(team, checkout, "preview")
    pulumi(team, checkout, "up", "--yes")
    again = team.json("infra", "up", *STACK, "--yes")  # what the checkout was told is known
    assert (again["did"], again["outputs"]) == ("nothing", made["outputs"])
    assert set(team.attached.creates.values()) == {1}
