"""The whole way through the commands, on this machine: each answer is a valid document, and each body is what was sent back."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fakes.shell import deploy, process

from tradewind.cli.schemas import schemas

SCHEMAS = schemas()
FAST = ("--set", "serve.rollout.bake=1s")
pytestmark = pytest.mark.timeout(180)


def document(*words: str, code: int = 0, stdin: str | None = None) -> Any:
    """The one document of a command, held against its schema."""
    said = deploy(*words, "--output", "json", stdin=stdin)
    assert said.code == code, said.err + said.out
    found = said.json
    jsonschema.validate(found, SCHEMAS[found["schema"].split("/")[1]])
    return found


def test_from_nothing_to_nothing(project: Path, tmp_path: Path) -> None:
    assert document("status")["endpoint"] is None
    assert deploy("plan", "--exit-code").code == 3
    planned = document("plan")
    assert planned["changes"]
    assert planned["cost"]["after"]["amount"] == 0
    assert not Path("deploy.lock").exists()

    first = document("up", "--yes")
    assert first["changed"]
    assert first["train"]["metrics"]["accuracy"] == 1.0
    assert len(first["next"]) == 3
    assert Path("deploy.lock").is_file()
    again = document("up", "--yes")
    assert (again["changed"], again["version"]) == (False, first["version"])
    assert deploy("plan", "--exit-code").code == 0

    _ask(first)
    _call_as_shown()
    _look(first)
    _roll_over_and_back(first, tmp_path)

    gone = document("down", "--yes")
    assert gone["changed"]
    assert gone["left"] == []
    assert {thing["kind"] for thing in gone["removed"]} >= {"endpoint"}
    assert document("endpoint", "status")["state"] == "absent"
    assert document("endpoint", "invoke", code=1, stdin="{}")["kind"] == "missing"
    assert not document("down", "--yes")["changed"]


def _ask(first: dict[str, Any]) -> None:
    """Body in, body out: by file, by stdin, by text; wrapped; and what is not 2xx."""
    plain = deploy("endpoint", "invoke", "--file", "request.json")
    assert (plain.code, plain.err) == (0, "")
    answer = json.loads(plain.out)["predictions"]
    assert [one["friendly"] for one in answer] == [True, False]
    piped = deploy("endpoint", "invoke", stdin=Path("request.json").read_text())
    assert piped.out == plain.out
    assert deploy("endpoint", "invoke", "--data", Path("request.json").read_text()).out == plain.out

    wrapped = document("endpoint", "invoke", "--file", "request.json")
    assert (wrapped["status"], wrapped["version"]) == (200, first["version"])
    assert wrapped["milliseconds"] > 0
    assert json.loads(wrapped["body"])["predictions"] == answer

    wrong = deploy("endpoint", "invoke", "--data", '{"instances": [1]}')
    assert wrong.code == 1
    assert "a remark is text" in wrong.out
    assert "answered" in wrong.err
    refused = document("endpoint", "invoke", "--data", '{"instances": [1]}', code=1)
    assert refused["status"] >= 400

    lines = deploy("endpoint", "invoke", "--data", "thank you", "--content-type", "text/plain", "-o", "json")
    assert lines.json["status"] in (200, 400, 415)


def _call_as_shown() -> None:
    """What `connect` prints works as it stands."""
    shown = document("endpoint", "connect")
    want = json.loads(deploy("endpoint", "invoke", "--file", "request.json").out)
    python = deploy("endpoint", "connect", "--as", "python").out
    assert python.strip() == shown["python"].strip()
    done = subprocess.run([sys.executable, "-c", python], capture_output=True, text=True, timeout=30, check=True)
    assert json.loads(done.stdout) == want
    done = subprocess.run(["sh", "-c", shown["curl"]], capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 127:  # a machine without curl
        assert json.loads(done.stdout) == want


def _look(first: dict[str, Any]) -> None:
    status = document("status")
    assert status["endpoint"]["url"] == first["url"]
    assert status["jobs"][0]["state"] == "succeeded"
    assert (
        document("train", "status", first["train"]["job"]["name"])["jobs"][0]["name"] == first["train"]["job"]["name"]
    )
    assert len(document("train", "list")["jobs"]) == 1
    assert any("tw.metric accuracy" in line["text"] for line in document("train", "logs")["lines"])
    assert "tw.metric accuracy" in deploy("train", "logs").out
    followed = deploy("train", "logs", "--follow", "--output", "ndjson")
    assert followed.code == 0
    assert {line["schema"] for line in followed.lines} == {"tradewind/log/1"}
    assert document("endpoint", "logs")["lines"]
    got = document("train", "download", "--to", "got")
    assert got["files"] == len([p for p in Path("got").rglob("*") if p.is_file()])
    assert (
        document("train", "download", "--to", "got", code=2 if os.listdir("got") else 0)["schema"]
        == "tradewind/error/1"
    )
    assert document("train", "stop")["jobs"] == []
    assert [one["what"] for one in document("history")["entries"]] == ["rolled_out", "trained"]
    assert len(document("history", "--limit", "1")["entries"]) == 1
    assert not document("lock")["changed"]
    assert not document("unlock", "--yes")["changed"]
    assert document("endpoint", "guard")["did"] == "nothing"


def _roll_over_and_back(first: dict[str, Any], tmp_path: Path) -> None:
    second = document("up", "--yes", "--set", "train.parameters.least=2", *FAST)
    assert (second["previous"], second["url"]) == (first["version"], first["url"])
    listed = document("endpoint", "list")["endpoints"]
    assert [one["name"] for one in listed] == [second["endpoint"]]

    # From anywhere, by name, without a spec: the ledger is enough.
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    back = process(
        "endpoint", "rollback", first["endpoint"], "--provider", "local", "--yes", "-o", "json", cwd=elsewhere
    )
    assert back.code == 0, back.err
    assert back.json["serves"] == first["version"]
    by_name = process("endpoint", "status", first["endpoint"], "--provider", "local", "-o", "json", cwd=elsewhere)
    assert max(by_name.json["versions"], key=lambda v: v["share"])["digest"] == first["version"]
    # What was rolled back is held until it is released.
    held = document("up", "--yes", "--set", "train.parameters.least=2", *FAST, code=2)
    assert held["kind"] == "refused"
    assert "--release-hold" in held["hint"]
    plan = document("plan", "--set", "train.parameters.least=2")
    assert plan["refusals"]


def test_events_as_ndjson_end_with_the_document(project: Path) -> None:
    said = deploy("up", "--yes", "--output", "ndjson")
    assert said.code == 0, said.err
    *events, last = said.lines
    assert {one["schema"] for one in events} == {"tradewind/event/1"}
    for one in events:
        jsonschema.validate(one, SCHEMAS["event"])
    assert last["schema"] == "tradewind/up/1"
    down = deploy("down", "--yes", "--output", "ndjson")
    assert down.lines[-1]["schema"] == "tradewind/down/1"


def test_a_streamed_answer_comes_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    deploy("init", "words", "--template", "llm")
    monkeypatch.chdir(tmp_path / "words")
    try:
        assert document("up", "--yes")["url"]
        said = deploy("endpoint", "invoke", "--stream", "--file", "request.json", "--accept", "text/event-stream")
        assert said.code == 0, said.err
        assert said.out.count("data:") > 5
    finally:
        deploy("down", "--yes", "--purge")


def test_a_failed_job_shows_its_last_lines(project: Path) -> None:
    Path("training/train.py").write_text("import sys\nprint('reading the data')\nsys.exit('no such column: age')\n")
    said = deploy("up", "--yes", "--output", "json")
    assert said.code == 1
    assert said.json["kind"] == "failed"
    assert any("no such column: age" in line for line in said.json["log"])
    assert "no such column: age" in said.err
    assert "deploy" in said.json["hint"]


def test_without_a_terminal_nothing_is_asked(project: Path) -> None:
    for words in (["up"], ["down"], []):
        said = deploy(*words, "--output", "json")
        assert (said.code, said.json["code"]) == (2, "TW004"), words
        assert "--yes" in said.json["hint"]
    assert document("status")["jobs"] == []


def test_sandbox_is_nothing_for_local_and_later_for_others(project: Path) -> None:
    said = deploy("plan", "--sandbox", "-o", "json")
    assert said.code == 0
    assert "nothing to do" in said.err
    later = deploy("plan", "--sandbox", "--provider", "gcp", "-o", "json")
    assert (later.code, later.json["code"]) == (2, "TW007")


def test_one_line_a_change_of_state_without_a_terminal(project: Path) -> None:
    said = deploy("train", "run")
    assert said.code == 0
    lines = [line for line in said.err.splitlines() if line]
    assert all(line[:4].isdigit() and line[10] == "T" and line[19] == "Z" for line in lines), said.err
    states = [line for line in lines if "succeeded" in line]
    assert len(states) == 1
    assert "\x1b" not in said.err + said.out
