"""From nothing to an endpoint and back to nothing in an emulated account, as a newcomer types it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.shell import Said, process

from tradewind.sandbox import running

TARGET = ("--provider", "aws", "--sandbox")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("state")
    yield home
    running.stop(home / "sandbox" / "aws")


@pytest.fixture(scope="module")
def project(state: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template `handler` in a folder `words`, up in an account of this file's own."""
    folder = tmp_path_factory.mktemp("work") / "words"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRADEWIND_HOME", str(state))
        assert process("init", "--template", "handler", str(folder)).code == 0
        assert process("sandbox", "start", "--speed", "600").code == 0
        done = process("up", *TARGET, "--yes", cwd=folder, timeout=200)
    assert done.code == 0, done.err
    return folder


@pytest.fixture(autouse=True)
def here(state: Path, project: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEWIND_HOME", str(state))
    monkeypatch.chdir(project)
    return project


def ok(*words: str, **more: Any) -> Said:
    said = process(*words, *TARGET, timeout=200, **more)
    assert said.code == 0, said.err
    return said


def answer() -> Any:
    return json.loads(ok("endpoint", "invoke", "--file", "request.json").out)


def test_again_is_nothing_and_nothing_is_written(here: Path) -> None:
    again = json.loads(ok("up", "--yes", "-o", "json").out)
    assert again["changed"] is False
    assert again["provider"] == "aws"
    assert again["url"].startswith("http://127.0.0.1:")
    stands = json.loads(ok("status", "-o", "json").out)["endpoint"]
    assert all("--sandbox" in command for command in (*again["next"], *stands["next"]))
    assert not (here / "deploy.lock").exists()


@pytest.mark.parametrize("form", ["curl", "python"])
def test_what_connect_shows_runs_as_it_stands(form: str) -> None:
    """In the shell of somebody who is signed in elsewhere, and sits behind a proxy."""
    if form == "curl" and shutil.which("curl") is None:
        pytest.skip("no curl here")
    shown = ok("endpoint", "connect", "--as", form).out
    argv = ["sh", "-c", shown] if form == "curl" else [sys.executable, "-c", shown]
    own = {"AWS_ACCESS_KEY_ID": "AKIACANARY", "AWS_SECRET_ACCESS_KEY": "CANARY", "AWS_SESSION_TOKEN": "CANARY",
           "AWS_PROFILE": "CANARY", "http_proxy": "http://127.0.0.1:9"}  # fmt: skip
    done = subprocess.run(argv, env={**os.environ, **own}, capture_output=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == answer()


def test_by_name_without_a_spec(tmp_path: Path) -> None:
    seen = json.loads(ok("endpoint", "status", "words", "-o", "json", cwd=tmp_path).out)
    assert (seen["project"], seen["state"]) == ("words", "serving")
    shown = ok("endpoint", "status", "words", cwd=tmp_path).out
    assert "deploy endpoint connect --sandbox words --provider aws" in shown
    assert ok("endpoint", "logs", "words", cwd=tmp_path).code == 0


def test_it_serves_again_after_the_sandbox_was_stopped() -> None:
    before = answer()
    assert process("sandbox", "stop").code == 0
    again = ok("endpoint", "invoke", "--file", "request.json")
    assert "an emulated AWS account answers at" in again.err
    assert json.loads(again.out) == before


def test_down_leaves_models_and_the_ledger_and_nothing_that_runs() -> None:
    assert json.loads(ok("down", "--yes", "-o", "json").out)["left"] == []
    stands = json.loads(process("sandbox", "status", "-o", "json").out)["account"]["us-east-1"]
    assert {kind for kind, count in stands.items() if count} <= {"log groups"}
    assert json.loads(ok("endpoint", "status", "-o", "json").out)["state"] == "absent"
