"""Logs and reasons as people read them; machines get them as they were written."""

from __future__ import annotations

import json
import signal
import subprocess

import pytest
from fakes.shell import argv

from tradewind.cli.render import jobs as rows
from tradewind.cli.render import logs, pieces, project
from tradewind.cli.render.paper import Paper
from tradewind.cli.render.table import headline
from tradewind.engine import results as r
from tradewind.engine.clock import SystemClock
from tradewind.values import Event

TIME = "2026-11-24T10:02:07.123Z"
REQUEST = {"time": TIME, "level": "info", "message": "request", "method": "POST", "path": "/invocations", "status": 500,
           "ms": 4.77, "bytes": 21, "request_id": "ab-1"}  # fmt: skip
FAILURE = {"time": TIME, "level": "error", "message": "predict failed", "error": "KeyError: 'age'",
           "traceback": "Traceback (most recent call last):\n  one\n  two\n  three\nKeyError: 'age'\n", "replica": 2}  # fmt: skip


def test_our_servers_lines_are_laid_out() -> None:
    assert logs.line(json.dumps(REQUEST), Paper()) == ["10:02:07  info    POST /invocations 500  4.77 ms, 21 bytes"]
    assert logs.line(json.dumps(FAILURE), Paper()) == [
        "10:02:07  error   predict failed: KeyError: 'age'  replica=2",
        "      one",
        "      two",
        "      three",
        "    KeyError: 'age'",
    ]


@pytest.mark.parametrize("text", ["plain", "  indented", '{"a": 1}', '{"message": 3}', '{"broken', "[1]"])
def test_any_other_line_stays_as_it_is(text: str) -> None:
    assert logs.line(text, Paper(), health=False) == [text]
    assert logs.message(text) == text


def test_health_checks_are_shown_only_when_asked_for() -> None:
    text = json.dumps({**REQUEST, "method": "GET", "path": "/readyz", "status": 200})
    assert logs.line(text, Paper(), health=False) == []
    assert "GET /readyz 200" in logs.line(text, Paper())[0]
    assert logs.line(json.dumps({**REQUEST, "path": "/readyz"}), Paper(), health=False) != []  # nobody's health check


def test_a_reason_of_several_lines_takes_one_line_of_a_table() -> None:
    assert pieces.brief(Paper(), "exit code 1: KeyError\nTraceback:\n  x") == "exit code 1: KeyError …"
    assert pieces.brief(Paper(), "exit code 1\n") == "exit code 1"
    assert pieces.brief(Paper(), "") == ""


def test_a_log_line_keeps_its_indentation_and_other_news_do_not() -> None:
    now = SystemClock().now()
    assert headline(Event(now, "train.log", "job", '  File "x.py"\n', {})) == '  File "x.py"'
    assert headline(Event(now, "train.state", "job", "job:   failed\nmore", {})) == "failed"


@pytest.mark.parametrize(
    ("what", "outcome", "details", "wanted"),
    [
        ("train_failed", "failed", {}, "training failed"),
        ("rolled_back", "failed", {"cause": "failed", "style": "update"}, "rolled back"),
        ("rolled_back", "failed", {"cause": "interrupted", "style": "update"}, "rolled back (interrupted)"),
        ("rolled_back", "failed", {"cause": "timeout", "style": "update"}, "rolled back (took too long)"),
        ("rolled_back", "done", {"style": "rollback"}, "rolled back to"),
        ("rolled_back", "failed", {"style": "rollback", "cause": "timeout"}, "rollback failed (took too long)"),
        ("rolled_out", "started", {"style": "update"}, "rollout unfinished"),
        ("failed", "failed", {"style": "first", "cause": "refused"}, "first version failed (refused)"),
        ("trained", "done", {}, "trained"),
    ],
)
def test_history_speaks_in_words(what: str, outcome: str, details: dict[str, str], wanted: str) -> None:
    entry = r.HistoryEntry.model_validate(
        {"time": "2026-11-24T12:00:00Z", "what": what, "outcome": outcome, "who": "ada", "details": details}
    )
    lines = project.history(r.History(project="c", environment="e", provider="local", entries=(entry,)), Paper(100))
    assert lines[1].split("  ")[1] == wanted
    assert "This machine" not in pieces.within("This machine")


def test_a_refused_job_takes_a_short_line_of_a_list_and_is_told_in_full_by_its_name() -> None:
    reason = (
        "The account-level service limit 'ml.g5.xlarge for training job usage' is 0 Instances, with current utilization"
    )
    hint = "ask for more; then `deploy train run`"
    job = r.JobDoc(name="words-1", run="sha256:0123456789ab", state="failed", refused="quota", reason=reason, hint=hint)
    listed = r.JobList(project="words", environment="default", provider="aws", jobs=(job,))
    lines = rows.jobs(listed, Paper(100))
    assert len(lines) == 2
    assert "refused (quota)" in lines[1]
    assert lines[1].endswith("…")
    told = " ".join(" ".join(rows.job(listed, Paper(100, target=("--provider", "aws")))).split())
    assert f"It never started: {reason}" in told
    assert "`deploy train run --provider aws`" in told


def test_a_short_reason_is_whole() -> None:
    assert pieces.short(Paper(), "Completed.") == "Completed"
    assert pieces.short(Paper(), "exit code 1: KeyError\nTraceback") == "exit code 1: KeyError …"


def test_no_longer_following_is_said_once() -> None:
    """At once, and not again by the end of the command, which says how to go on."""
    program = """
import os, signal
from tradewind.cli import following
from tradewind.cli.context import Cli
from tradewind.cli.errors import report
from tradewind.cli.options import Asked
from tradewind.cli.output import Output

def lines(stop):
    os.kill(os.getpid(), signal.SIGINT)
    yield from ()

out = Output()
try:
    following.follow(Cli(Asked(), out), lambda stop: stop, "", lines, "deploy train logs --follow")
except BaseException as error:
    raise SystemExit(report(error, out))
"""
    done = subprocess.run([argv()[0], "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 128 + signal.SIGINT
    assert done.stderr.count("onger following") == 1
    assert "deploy train logs --follow" in done.stderr
