"""No secret is in a command line, an event, an exception or an output, whatever the engine says."""

from __future__ import annotations

import json

import pytest

from tests.infra.adapter.fake import Put, Row, at, failure, ground
from tradewind.infra.adapter import passphrase
from tradewind.values import Event

CANARY = "canary-9f3b7e"


def test_no_secret_is_in_a_command_line_an_event_or_a_failure(
    put: Put, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MY_CLOUD_TOKEN", CANARY)
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", f"{CANARY}-phrase")

    def leaking(rows: list[Row]) -> list[Row]:
        row = at(rows, "up")
        row["events"] = [it.replace("googleapi: Error 409", f"cannot sign in with {CANARY}") for it in row["events"]]
        row["stderr"] += f"\nerror: {CANARY}-phrase was refused"
        return rows

    there = put("refused", leaking)
    told: list[Event] = []
    error = failure(ground(told, config={"gcp:project": "acme"}).up)
    assert "cannot sign in with [secret]" in error.message
    said = f"{error.message}{error.said}{error.hint}{error!r}{[(it.text, it.data) for it in told]}{''.join(capfd.readouterr())}"
    assert CANARY not in said
    assert CANARY not in json.dumps([call["args"] for call in there.calls])


def test_our_own_passphrase_is_given_by_its_files_name_alone(put: Put) -> None:
    there = put("whole")
    told: list[Event] = []
    ground(told).up()
    word = passphrase.path().read_text()
    assert word not in json.dumps(there.calls)
    assert word not in str([(it.text, it.data) for it in told])
    assert all(call["environ"]["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase.path()) for call in there.calls)


def test_a_secret_output_is_in_nothing_that_is_reported(put: Put) -> None:
    put("whole")
    told: list[Event] = []
    one = ground(told)
    outcome = [one.preview(), one.up(), one.refresh()]
    assert one.secret_names() == ("word",)
    assert "open-sesame" not in f"{outcome}{one.outputs()}{one.standing()}{[(it.text, it.data) for it in told]}"
