"""The adapter over recordings of the real `pulumi`, and over what it might say when something is broken. Needs no Pulumi."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.infra.adapter import fake
from tests.infra.adapter.fake import Fake, Put, Row, at, changed, failure, ground
from tests.sandbox.emulator import until
from tradewind.errors import Exit, LockedError, ProviderError
from tradewind.infra.adapter.how import How
from tradewind.infra.results import Lock
from tradewind.values import Event


def test_a_stacks_whole_life(put: Put) -> None:
    there = put("whole")
    told: list[Event] = []
    one = ground(told)
    assert [step.op for step in one.preview().changes] == ["create"]
    done = one.up()
    assert [step.name for step in done.changes] == ["thing"]
    assert (done.outputs, done.secrets) == ({"root": "file:///somewhere"}, ("word",))
    assert one.outputs() == {"root": "file:///somewhere"}
    assert [it.name for it in one.standing()] == ["thing"]
    assert one.drift().changes == ()
    assert one.refresh().changes == ()
    one.cancel()
    assert [step.op for step in one.destroy().changes] == ["delete"]
    assert there.commands() == ["preview", "up", "refresh", "refresh", "cancel", "destroy"]
    assert next(event.text for event in told if event.subject == "thing") == "creating"
    assert [event.text for event in told if event.subject == "thing"][-1].startswith("deleted (")


def test_a_lock_is_told_with_whose_it_is_and_since_when(put: Put) -> None:
    put("locked", lambda rows: [row for row in rows if row["code"] or row["key"] == "stack init"])
    error = failure(ground().up)
    assert (error.exit, error.code) == (Exit.LOCKED, "TW810")
    assert "ann@build-7 (pid 4711)" in error.message
    assert "2026-11-25 09:30:00" in error.message


def test_pulumis_service_is_asked_whose_a_lock_is_and_a_bucket_tells_none(put: Put) -> None:
    """As pkg/cmd/pulumi/stack/stack.go writes it; nothing of the service was recorded."""
    said = "Current stack is dev:\n    Owner: acme\n    Update in progress:\n\tStarted: 2 minutes ago\n\tRequested By: ann\n"
    there = put("whole", lambda rows: [*rows, {"key": "stack", "code": 0, "stdout": said, "stderr": ""}])
    one = ground(backend="https://api.pulumi.com")
    assert one.lock() == Lock("ann", None, "Update in progress, started 2 minutes ago by ann")
    assert ground(backend="s3://acme-state").lock() == Lock()
    one.cancel()
    assert there.commands() == ["cancel"]
    conflict = "error: [409] Conflict: Another update is currently in progress."
    put("whole", lambda rows: [{"key": "up", "code": 255, "stdout": "", "stderr": conflict}])
    error = failure(ground(backend="https://api.pulumi.com").up)
    assert (error.exit, error.code) == (Exit.LOCKED, "TW810")
    assert "Another update" in error.said


def test_what_the_cloud_refuses_is_told_in_its_words(put: Put) -> None:
    put("refused")
    error = failure(ground(config={"gcp:project": "acme"}).up)
    assert (error.exit, error.code) == (Exit.FAILED, "TW813")
    assert "bucket failed" in error.message
    assert "googleapi: Error 409" in error.message


def test_a_wrong_passphrase(put: Put) -> None:
    put("passphrase", lambda rows: rows[-1:])
    error = failure(ground().up)
    assert (error.exit, error.code) == (Exit.CREDENTIALS, "TW811")


def test_a_plug_in_that_cannot_be_had(put: Put) -> None:
    put("plugin")
    error = failure(ground(config={"gcp:project": "acme"}).up)
    assert (error.kind, error.code) == ("missing", "TW812")
    assert "pulumi plugin install" in error.hint


def test_a_program_that_fell_over_shows_no_traceback(put: Put) -> None:
    put("fallen")
    error = failure(ground().preview)
    assert error.code == "TW813"
    assert "this program is broken" in error.message
    assert "Traceback" not in error.message


@pytest.mark.parametrize("level", ["mandatory", "advisory"])
def test_a_policy_pack_refuses_or_warns(put: Put, level: str) -> None:
    """As apitype.PolicyEvent has it; a pack needs the service's analyzer, so this event is not a recorded one."""

    def more(events: list[str]) -> list[str]:
        policy = {
            "resourceUrn": "urn:x", "message": "<{%reset%}>no public bucket<{%reset%}>", "enforcementLevel": level,
            "policyName": "no-public", "policyPackName": "house", "policyPackVersion": "1", "color": "raw",
        }  # fmt: skip
        rows = [*events[:-2], json.dumps({"policyEvent": policy}), *events[-2:]]
        return [json.dumps({**json.loads(row), "sequence": at}) for at, row in enumerate(rows)]

    broken = level == "mandatory"
    put("whole", changed("preview", more, code=255 if broken else 0, stderr="error: preview failed" if broken else ""))
    if broken:
        error = failure(ground().preview)
        assert (error.exit, error.code) == (Exit.CREDENTIALS, "TW850")
        assert error.message.endswith("no-public (house): no public bucket")
    else:
        assert "no-public (house): no public bucket" in [it.text for it in ground().preview().told]


@pytest.mark.parametrize(("number", "name"), [(9, "SIGKILL"), (11, "SIGSEGV")])
def test_an_engine_that_dies_in_the_middle(put: Put, number: int, name: str) -> None:
    put("whole", changed("up", lambda events: events[:12], signal=number))
    error = failure(ground().up)
    assert (error.exit, error.code) == (Exit.FAILED, "TW813")
    assert f"was ended by {name}" in error.message
    assert "deploy infra unlock" in error.hint


def test_one_that_is_too_old_or_missing(put: Put, monkeypatch: pytest.MonkeyPatch) -> None:
    put("whole", version="v3.205.0")
    error = failure(ground)
    assert isinstance(error, ProviderError)
    assert error.code == "TW814"
    assert "3.206.0 or newer" in error.message
    monkeypatch.setenv("PATH", "/nowhere")
    assert failure(ground).kind == "missing"


def test_a_stack_that_is_not_there_is_none_to_look_at(put: Put) -> None:
    absent = {"code": 255, "stdout": "", "stderr": "error: no stack named 'dev' found"}
    keys = ("refresh --preview-only", "refresh", "stack export --show-secrets", "destroy")
    there = put("whole", lambda _rows: [{"key": key, **absent} for key in keys])
    for look in (ground().drift, ground().refresh):
        assert failure(look).code == "TW818"
    assert ground().destroy().steps == ()
    assert "stack init" not in {" ".join(call["args"][:2]) for call in there.calls}


class Stop:
    """As engine.clock.Stop, asked for when the engine has begun."""

    def __init__(self, there: Fake) -> None:
        self._there = there

    @property
    def asked(self) -> bool:
        return self._there.ran("began")


def _held(rows: list[Row], **more: Any) -> list[Row]:
    at(rows, "up").update(held=True, code=255, stderr="error: update canceled", **more)
    return rows


def test_a_stop_reaches_the_engine_once(put: Put) -> None:
    there = put("whole", _held)
    error = failure(ground(stop=Stop(there)).up)
    assert (error.exit, error.code) == (Exit.INTERRUPTED, "TW816")
    assert there.heard == "1"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the engine is tied to its parent on Linux alone")
def test_an_engine_that_is_deaf_to_the_first_stop_is_told_again_by_the_second(put: Put, tmp_path: Path) -> None:
    there = put("whole", lambda rows: _held(rows, deaf=1))
    (tmp_path / "state").mkdir()
    words = [sys.executable, "-m", "tests.infra.adapter.programs", str(tmp_path / "state")]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        until(lambda: there.ran("began"))
        process.send_signal(signal.SIGTERM)
        until(lambda: there.heard == "1")
        assert until(lambda: _again(process)) == 130
    until(lambda: there.heard == "2")  # and ends


def _again(process: subprocess.Popen[bytes]) -> int | None:
    process.send_signal(signal.SIGTERM)
    return process.poll()


def test_another_run_is_waited_for(put: Put) -> None:
    def twice(rows: list[Row]) -> list[Row]:
        refused = [json.loads(line) for line in (fake.RECORDED / "locked.jsonl").read_text().splitlines()]
        return [next(row for row in refused if row["key"] == "up" and row["code"]), *rows]

    class Patient:
        asked = False

        def wait(self, _span: timedelta) -> None: ...

    there = put("whole", twice)
    told: list[Event] = []
    done = ground(told, Patient()).up(How(wait=timedelta(minutes=5)))
    assert [step.name for step in done.changes] == ["thing"]
    assert there.commands() == ["up", "up"]
    assert "ann@build-7 (pid 4711)" in next(event.text for event in told if event.kind == "lock.wait")
    put("whole", twice)
    for count in there.folder.glob("*.count"):
        count.unlink()
    with pytest.raises(LockedError):
        ground().up()


@pytest.mark.parametrize("key", ["stack output --show-secrets", "stack history"])
def test_a_word_before_an_answer_is_told_and_no_defect_of_ours(put: Put, key: str) -> None:
    def noisy(rows: list[Row]) -> list[Row]:
        return [
            {**row, "stdout": f"mise: trusting config\n{row['stdout']}"} if row["key"] == key else row for row in rows
        ]

    put("whole", noisy)
    error = failure(ground().up)
    assert (error.exit, error.code) == (Exit.FAILED, "TW820")
    assert "keep stdout free" in error.hint


def test_a_lock_of_a_stack_that_is_not_there(put: Put) -> None:
    put("whole", lambda rows: [{"key": key, "code": 255, "stdout": "", "stderr": "error: no stack named 'dev' found"}
                               for key in ("cancel", "stack")])  # fmt: skip
    for backend in ("", "https://api.pulumi.com"):
        assert failure(ground(backend=backend).lock).code == "TW818"
    assert failure(ground(backend="s3://acme-state").cancel).code == "TW818"


def test_another_run_that_makes_the_stack_first(put: Put) -> None:
    made = "error: stack 'organization/tradewind/dev' already exists"
    put(
        "whole",
        lambda rows: [{**row, "code": 255, "stderr": made} if row["key"] == "stack init" else row for row in rows],
    )
    assert [step.name for step in ground().up().changes] == ["thing"]
