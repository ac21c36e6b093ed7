"""`deploy sandbox ...`: the emulated account between commands."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import psutil
import pytest
from fakes.shell import Said, deploy, process

from tests.cli.sandboxed import MODULE
from tests.sandbox.emulator import until
from tradewind.cli.schemas import schemas
from tradewind.sandbox import running

PROGRAM = """
import boto3
boto3.client("s3").put_object(Bucket="tradewind-sandbox", Key="hello", Body=b"world")
print(boto3.client("sts").get_caller_identity()["Account"], boto3.session.Session().region_name)
"""


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """One account for the whole file."""
    home = tmp_path_factory.mktemp("state")
    yield home
    running.stop(home / "sandbox" / "aws")


@pytest.fixture(autouse=True)
def home(state: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TRADEWIND_HOME", str(state))
    return state


def sandbox(*words: str) -> Said:
    said = deploy("sandbox", *words, "-o", "json")
    if said.code == 0:
        jsonschema.validate(said.json, schemas()["sandbox"])
    return said


def test_start_and_start_again(guarded_environment: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = guarded_environment  # nobody was here before
    monkeypatch.setenv("TRADEWIND_HOME", str(home))
    first = sandbox("start").json
    assert (first["running"], first["answers"], first["speed"]) == (True, True, 60)
    assert first["url"].startswith("http://127.0.0.1:")
    assert first["account"][""] == {"buckets": 1, "objects": 0, "roles": 1}
    second = sandbox("start", "aws", "--speed", "30").json
    assert (second["did"], second["pid"], second["speed"]) == ("nothing", first["pid"], 30)
    assert sandbox("status").json["did"] == "looked"
    assert (home / "sandbox" / "aws" / "daemon.log").exists()


def test_the_variables_lead_any_program_there(home: Path, tmp_path: Path) -> None:
    """In a shell whose own variables name a profile and a token, which would both be in the way."""
    said = deploy("sandbox", "start", "--export")
    assert said.code == 0
    assert all(line.startswith(("export ", "unset ")) for line in said.out.splitlines())
    (tmp_path / "program.py").write_text(PROGRAM)
    script = f'eval "$1"; "{sys.executable}" program.py'
    done = subprocess.run(
        ["sh", "-ec", script, "sh", said.out],
        cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False,
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "AWS_PROFILE": "mine", "AWS_SESSION_TOKEN": "mine",
             "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true", "http_proxy": "http://127.0.0.1:9"},
    )  # fmt: skip
    assert (done.returncode, done.stdout.split()) == (0, ["123456789012", "us-east-1"]), done.stderr
    assert sandbox("status").json["account"][""]["objects"] >= 1


def test_the_variables_are_for_the_region_that_is_said() -> None:
    sandbox("start")
    made = sandbox("status", "--region", "eu-west-1").json["environment"]
    assert made["AWS_DEFAULT_REGION"] == "eu-west-1"


def test_people_see_where_it_answers_and_what_it_holds() -> None:
    sandbox("start")
    shown = deploy("sandbox", "status").out
    for part in ("http://127.0.0.1:", "since", "1 bucket", 'eval "$(deploy sandbox start --export)"', "--sandbox"):
        assert part in shown
    assert "1 buckets" not in shown


def test_reset_asks_and_then_empties() -> None:
    sandbox("start")
    refused = sandbox("reset")
    assert (refused.code, refused.json["code"]) == (2, "TW004")
    assert "--yes" in refused.json["hint"]
    done = sandbox("reset", "--yes").json
    assert (done["did"], done["running"]) == ("emptied", True)
    assert done["account"][""]["objects"] == 0


def test_stop_and_stop_again() -> None:
    url = sandbox("start").json["url"]
    first = sandbox("stop").json
    assert (first["did"], first["running"], first["pid"], first["url"]) == ("stopped", False, None, url)
    assert sandbox("stop").json["did"] == "nothing"
    looked = sandbox("status").json
    assert (looked["running"], looked["environment"]) == (False, {})
    assert deploy("sandbox", "status", "--export").out == ""
    assert "does not run" in deploy("sandbox", "status").out


@pytest.mark.parametrize(
    "words", [["--speed", "0"], ["--speed", "-1"], ["--speed", "nan"], ["--speed", "inf"], ["gpc"]]
)
def test_slips(words: list[str]) -> None:
    said = sandbox("start", *words)
    assert (said.code, said.json["code"]) == (2, "TW002")


@pytest.mark.parametrize("verb", ["start", "status", "stop", "reset"])
def test_other_clouds_come_later(verb: str) -> None:
    said = sandbox(verb, "gcp")
    assert (said.code, said.json["code"]) == (2, "TW007")


def test_without_its_libraries_it_says_how_to_get_them(tmp_path: Path) -> None:
    package = tmp_path / "without" / "moto"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ModuleNotFoundError(\"No module named 'moto'\", name='moto')\n")
    env = {"TRADEWIND_HOME": str(tmp_path / "home"), "PYTHONPATH": str(package.parent)}
    said = process("sandbox", "start", "-o", "json", env=env)
    assert said.code == 1
    assert (said.json["code"], said.json["hint"]) == ("TW009", "pip install 'tradewind[sandbox]'")
    assert "Traceback" not in said.err


def test_a_state_folder_that_is_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "file"))
    said = sandbox("start")
    assert said.code == 1
    assert said.json["code"].startswith("TW60")


def test_one_that_hangs_is_told_and_can_be_ended(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "ANSWER", 0.2)
    import os
    import signal

    pid = sandbox("start").json["pid"]
    os.kill(pid, signal.SIGSTOP)
    until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)  # each of its threads goes on for a moment
    try:
        looked = sandbox("status").json
        assert (looked["running"], looked["answers"], looked["account"]) == (True, False, {})
        assert looked["next"][0] == "deploy sandbox stop"
        assert "does not answer" in deploy("sandbox", "status").out
        monkeypatch.setattr(running, "GOODBYE", 0.2)
        assert sandbox("stop").json["did"] == "stopped"
    finally:
        found = running.find(home / "sandbox" / "aws")
        if found is not None:
            os.kill(pid, signal.SIGCONT)
    assert running.start(MODULE, home / "sandbox" / "aws", speed=60, version="0")[1]


def test_the_document_has_a_schema_of_its_own() -> None:
    page = json.loads(deploy("schema", "--document", "sandbox").out)
    assert page["$id"] == "tradewind/sandbox/1"
