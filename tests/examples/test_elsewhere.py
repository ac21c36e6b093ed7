"""The same files on other providers: what they lose there they have agreed to, and nobody is asked about a default."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from fakes.shell import deploy

ROOT = Path(__file__).parents[2]
FOLDERS = sorted(p.parent for where in ("examples", "cli/templates") for p in (ROOT / where).glob("*/deploy.yaml"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: f"{folder.parent.name}-{folder.name}")
def test_an_unedited_example_goes_to_sagemaker(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(folder, tmp_path / "it")
    monkeypatch.chdir(tmp_path / "it")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name)  # nobody is signed in
    ground = ("--set", "foundation.root=s3://bucket/tradewind", "--region", "us-east-1")
    said = deploy("plan", "--provider", "aws", *ground, "-o", "json")
    assert said.code == 0, said.err
    made = said.json
    assert "not signed in" in made["could_not_look"]
    assert (made["refusals"], made["blockers"], made["over_budget"]) == ([], [], [])
    assert all(loss["accepted"] for loss in made["losses"])
    assert made["cost"]["after"]["amount"] > 0
    assert made["cost"]["after"]["date"]
    assert {action["kind"] for action in made["actions"]} == {"train", "create"}
