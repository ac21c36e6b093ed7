"""Events on the way: one line a change, rows of a table, traffic as bars."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tradewind.cli.output import Output
from tradewind.cli.progress import Progress
from tradewind.cli.render.paper import Paper, cells
from tradewind.cli.render.table import Table, headline
from tradewind.values import Event

NOW = datetime(2026, 11, 24, 12, 0, 5, tzinfo=UTC)


def event(kind: str, subject: str, text: str, **data: str | int) -> Event:
    return Event(NOW, kind, subject, text, data)


ROLLOUT = [
    event("upload", "train.inputs.train", "uploading"),
    event("train.state", "job-1", "job-1: running", state="running"),
    event("train.log", "job-1", "tw.metric accuracy=0.9"),
    event("train.state", "job-1", "job-1: succeeded", state="succeeded"),
    event("rollout.start", "churn", "ab12 comes in beside cd34"),
    event("rollout.step", "churn", "ab12 takes 10 %", share=10),
]


def test_one_timestamped_line_a_change(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Output()) as progress:
        for one in [*ROLLOUT, ROLLOUT[-1]]:
            progress(one)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "2026-11-24T12:00:05Z train.inputs.train: uploading",
        "2026-11-24T12:00:05Z job-1: running",
        "2026-11-24T12:00:05Z job-1: | tw.metric accuracy=0.9",
        "2026-11-24T12:00:05Z job-1: succeeded",
        "2026-11-24T12:00:05Z churn: ab12 comes in beside cd34",
        "2026-11-24T12:00:05Z churn: ab12 takes 10 %",
    ]


def test_ndjson_goes_to_stdout_and_nothing_to_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(Output("ndjson")) as progress:
        for one in ROLLOUT:
            progress(one)
    out, err = capsys.readouterr()
    assert err == ""
    assert [json.loads(line)["kind"] for line in out.splitlines()] == [one.kind for one in ROLLOUT]


def test_a_traceback_in_a_reason_is_one_line_here() -> None:
    assert headline(event("rollout.abort", "e", "e: crashed\n  File x\n  boom")) == "crashed"
    assert headline(event("x", "e", "")) == ""


def table(events: list[Event]) -> Table:
    made = Table()
    for at, one in enumerate(events):
        made.take(one, float(at))
    return made


def test_long_names_keep_the_column_as_far_as_half_the_width() -> None:
    rows = [event("infra.resource", name, "creating") for name in ("tradewind", "tradewind-planner-policy-of-planner")]
    first, second = table(rows).lines(Paper(80), now=1.0)
    assert first.index("creating") == second.index("creating")


def test_the_table_shows_each_thing_once_with_its_sign_time_and_traffic() -> None:
    lines = table(ROLLOUT).lines(Paper(80), now=9.0)
    assert [line[0] for line in lines[:2]] == ["·", "✓"]
    assert "2 s  succeeded" in lines[1]
    assert "5 s  ab12 takes 10 %" in lines[2]
    assert lines[3].strip().startswith("new  ██")
    assert lines[3].endswith(" 10 %")
    assert lines[4].endswith(" 90 %")
    assert not any("tw.metric" in line for line in lines)  # the log of what has succeeded is no longer of interest


def test_the_log_of_what_goes_on_is_below_and_is_cut_to_the_width() -> None:
    shown = table([*ROLLOUT[:2], event("train.log", "job-1", "x" * 200)])
    assert all(cells(line) <= 40 for line in shown.lines(Paper(40), now=3.0))
    assert shown.lines(Paper(40), now=3.0)[-1].endswith("…")


def test_outcomes_have_signs() -> None:
    good = table([*ROLLOUT, event("rollout.done", "churn", "ab12 serves", outcome="promoted")])
    bad = table([*ROLLOUT, event("rollout.done", "churn", "errors: 5 %", outcome="rolled_back")])
    assert good.lines(Paper(80), 9.0)[-1].startswith("✓ churn")
    assert bad.lines(Paper(80), 9.0)[-1].startswith("✗ churn")


def test_whoever_waited_for_the_lock_no_longer_does() -> None:
    shown = table(
        [event("lock.wait", "churn", "waiting for ada@host"), event("rollout.start", "churn-prod", "ab12 comes in")]
    )
    assert shown.lines(Paper(80), 3.0)[0].startswith("· churn")


def test_at_the_end_nothing_spins() -> None:
    shown = table(ROLLOUT)
    shown.finish(failed=True)
    assert [line[0] for line in shown.lines(Paper(80), 9.0)] == ["·", "✓", "✗"]
    ascii_only = shown.lines(Paper(80, unicode=False), 9.0)
    assert all(line.isascii() for line in ascii_only)


def test_the_footer_says_what_ctrl_c_did() -> None:
    shown = table(ROLLOUT)
    shown.footer = "Stopping: the job goes on."
    assert shown.lines(Paper(80), 9.0)[-1] == "Stopping: the job goes on."
