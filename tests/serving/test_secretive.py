"""A secret's value is in no answer and no log line of the server, however TW_SECRETS is written."""

from __future__ import annotations

import json

import pytest

from tradewind.serving.errors import from_handler
from tradewind.serving.logs import Log
from tradewind.serving.secretive import hide


@pytest.mark.parametrize("said", ["KEY,TOKEN", ' ["KEY", "TOKEN"]', '{"KEY": "env:KEY", "TOKEN": "arn:x"}'])
def test_values_are_masked(said: str) -> None:
    environ = {"TW_SECRETS": said, "KEY": "hunter22", "TOKEN": "hunter22-and-more"}
    assert hide("a hunter22-and-more b hunter22 c", environ) == "a *** b *** c"


def test_nothing_to_hide() -> None:
    assert hide("KEY", {"KEY": "KEY"}) == "KEY"
    assert hide("a=1", {"TW_SECRETS": "SHORT,ABSENT", "SHORT": "1"}) == "a=1"
    assert hide("x", {"TW_SECRETS": "{broken"}) == "x"


def test_answers_and_log_lines(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("TW_SECRETS", "KEY")
    monkeypatch.setenv("KEY", 'quote"/and/slashes')
    error = ValueError('refused quote"/and/slashes')
    assert from_handler(error) == (500, "ValueError", "refused ***")
    Log().failure('cannot: quote"/and/slashes', error)
    line = json.loads(capfd.readouterr().err)
    assert line["message"] == "cannot: ***"
    assert "slashes" not in line["traceback"] + line["error"]
