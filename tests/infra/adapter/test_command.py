"""Running Pulumi's command line: from where it is, and no longer than it runs itself."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest
from pulumi.automation import CommandResult
from pulumi.automation.errors import create_command_error

from tradewind.infra.adapter import command, errors
from tradewind.infra.adapter.events import Seen
from tradewind.infra.adapter.hiding import Hiding

LEFT_RUNNING = """#!/bin/sh
[ "$1" = version ] && { echo v3.250.1; exit; }
echo said
sleep 60 &
echo $! > "$0.left"
"""


def pulumi(folder: Path, text: str) -> Path:
    folder.mkdir()
    made = folder / "pulumi"
    made.write_text(text)
    made.chmod(0o700)
    return made


def test_what_it_left_running_with_its_output_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_LAST", 0.3)
    made = pulumi(tmp_path / "bin", LEFT_RUNNING)
    begun = time.monotonic()
    try:
        assert command.Watched(made).run(["up"], str(tmp_path), {}).stdout == "said"
        assert time.monotonic() - begun < 30
    finally:
        os.kill(int(Path(f"{made}.left").read_text()), signal.SIGKILL)


def test_one_on_a_relative_path_is_found_from_the_stacks_folder_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = pulumi(tmp_path / "bin", LEFT_RUNNING)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"./bin:{os.environ['PATH']}")
    assert command.find() == made


@pytest.mark.parametrize(("code", "free"), [(255, True), (-signal.SIGINT, True), (-signal.SIGKILL, False)])
def test_a_stop_says_that_the_lock_is_free_only_where_pulumi_was_not_killed(code: int, free: bool) -> None:
    error = create_command_error(CommandResult("", "error: update canceled", code))
    hiding = Hiding()
    seen = Seen(lambda _event: None, hiding)
    found = errors.told(error, seen, "up", hiding, again=lambda verb: f"deploy infra {verb}", stopped=True)
    assert ("the lock is free" in found.message) is free
    assert ("deploy infra unlock" in found.hint) is not free
