"""Every exception ends as a message, a document and an exit code; both streams may be closed, full or not UTF-8."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from fakes.shell import argv, deploy

from tradewind.cli import errors as boundary
from tradewind.cli.main import main
from tradewind.cli.render.paper import Paper
from tradewind.codes import CODES
from tradewind.errors import (
    EXIT_OF_KIND,
    Exit,
    FailedError,
    InterruptedByUser,
    LockedError,
    Problem,
    ProviderError,
    RolledBackError,
    SpecError,
    TradewindError,
)


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> object:
    """Makes `deploy explain` raise what a test says."""

    def arm(error: BaseException) -> None:
        def invoke(_command: click.Command, _ctx: click.Context) -> None:
            raise error

        from tradewind.cli import explain

        monkeypatch.setattr(explain.explain, "invoke", lambda ctx: invoke(explain.explain, ctx))

    return arm


ERRORS: list[TradewindError] = [
    SpecError([Problem("train.nodes", "must be at least 1", file="deploy.yaml", line=3, column=10, value="0")]),
    ProviderError("quota", "ResourceLimitExceeded: 0 of ml.g5", during="create job", code="TW201", hint="ask for more"),
    ProviderError("credentials", "ExpiredToken", during="describe", code="TW101"),
    FailedError("job churn-1 failed: exit 3", code="TW402", log=("line one", "line two")),
    RolledBackError("version ab12 went back: error_rate 5 % > 1 %", code="TW402", log=("ValueError: boom",)),
    LockedError("held by ada@host since 12:00", code="TW590", hint="deploy unlock"),
    InterruptedByUser("Detached from churn-1", code="TW590", hint="deploy train logs --follow"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda e: e.kind)
def test_an_error_of_ours_for_people_and_for_machines(raising: object, error: TradewindError) -> None:
    raising(error)  # type: ignore[operator] # a fixture that arms
    said = deploy("explain", "--output", "json")
    assert said.code == EXIT_OF_KIND[error.kind]
    assert said.json["exit"] == said.code
    assert (said.json["code"], said.json["kind"], said.json["message"]) == (error.code, error.kind, error.message)
    first = error.message.split("\n")[0]
    assert first in " ".join(said.err.split())
    for line in getattr(error, "log", ()):
        assert line in said.err
    if error.hint:
        assert error.hint in said.err
    assert "Traceback" not in said.err


def test_problems_of_a_spec_keep_their_places(raising: object) -> None:
    raising(ERRORS[0])  # type: ignore[operator] # a fixture that arms
    assert deploy("explain", "-o", "json").json["problems"][0]["line"] == 3
    assert "deploy.yaml:3:10" in deploy("explain").err


def test_what_nobody_thought_of_is_our_defect(raising: object) -> None:
    raising(ZeroDivisionError("division by zero"))  # type: ignore[operator] # a fixture that arms
    said = deploy("explain")
    assert (said.code, said.out) == (1, "")
    assert "TW900" in said.err
    assert "--debug" in said.err
    assert "Traceback" not in said.err
    assert "Traceback" in deploy("explain", "--debug").err
    assert "Traceback" in deploy("--debug", "explain").err
    assert "Traceback" in deploy("explain", env={"TRADEWIND_DEBUG": "1"}).err


def test_the_machines_refusal_is_not_called_a_defect(raising: object) -> None:
    raising(OSError(28, "No space left on device", "/somewhere"))  # type: ignore[operator] # a fixture that arms
    said = deploy("explain")
    assert said.code == 1
    assert "TW690" in said.err
    assert "No space left on device" in said.err


@pytest.mark.parametrize("error", [KeyboardInterrupt(), click.Abort(), EOFError()])
def test_interrupts(raising: object, error: BaseException) -> None:
    raising(error)  # type: ignore[operator] # a fixture that arms
    said = deploy("explain", "-o", "json")
    assert said.code == (1 if isinstance(error, EOFError) else 130)
    assert json.loads(said.out)["schema"] == "tradewind/error/1"


def test_codes_that_the_boundary_uses_are_explained() -> None:
    for code in (boundary.USAGE, boundary.MACHINE, boundary.DEFECT, boundary.INTERRUPTED):
        assert code in CODES


def test_every_code_can_be_explained() -> None:
    listed = deploy("explain", "-o", "json").json["codes"]
    assert [one["code"] for one in listed] == sorted(CODES)
    for code, text in CODES.items():
        said = deploy("explain", code.lower())
        assert said.code == 0
        assert text.title in said.out
    assert deploy("explain", "TW999").code == 2
    assert deploy("explain", "900").out == deploy("explain", "TW900").out


def test_messages_are_wrapped_to_a_narrow_terminal() -> None:
    error = FailedError("a word " * 40, code="TW402", hint="try " * 30)
    assert all(len(line) <= 40 for line in boundary.for_people(error, Paper(width=40)))


def run(words: list[str], **how: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(argv(*words), timeout=30, check=False, **how)  # type: ignore[call-overload,no-any-return] # passed on


def test_a_reader_who_goes_away_is_no_failure() -> None:
    script = f"{' '.join(map(_quoted, argv('explain')))} | head -c 10 >/dev/null; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout.strip() == "0"
    assert done.stderr == ""


def _quoted(word: str) -> str:
    import shlex

    return shlex.quote(word)


@pytest.mark.parametrize("words", [["explain"], ["explain", "-o", "json"], ["--help"], ["nonsense"]])
def test_closed_streams(words: list[str]) -> None:
    for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        script = f"{' '.join(map(_quoted, argv(*words)))} {closed}"
        done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=30, check=False)
        assert done.returncode == (2 if words == ["nonsense"] else 0), (closed, done)
        assert "Traceback" not in done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="a device that is always full is Linux's")
def test_a_full_disk_under_stdout_is_said() -> None:
    with open("/dev/full", "wb") as full:
        done = run(["explain"], stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_terminals_that_are_not_utf8(encoding: str, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    for words in (["init", "pröject–x"], ["init", "other", "-o", "json"], ["providers", "local"]):
        done = run(words, cwd=tmp_path, env=env, capture_output=True)
        assert done.returncode == 0, done.stderr
        assert b"Traceback" not in done.stderr
        if "json" in words:
            assert json.loads(done.stdout.decode(encoding))["schema"] == "tradewind/init/1"


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_sigterm_ends_like_ctrl_c(number: str) -> None:
    code = f"""
import os, signal, time
from tradewind.cli.main import main
from tradewind.cli import explain
explain.explain.invoke = lambda ctx: os.kill(os.getpid(), signal.{number}) or time.sleep(30)
main(["explain"], prog_name="deploy")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == Exit.INTERRUPTED
    assert "Interrupted" in done.stderr
    assert "Traceback" not in done.stderr


def test_mounted_without_its_boundary_it_raises() -> None:
    with pytest.raises(click.UsageError):
        main.main(["plan", "--nope"], prog_name="deploy", standalone_mode=False)
