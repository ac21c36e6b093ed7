"""Every `up` keeps the price that it saw, of the run and of the version."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any, NoReturn, cast

from fakes.cloud import JobBehaviour
from fakes.stage import Stage

from tradewind.engine import claims, ledger, spending, train
from tradewind.errors import ProviderError


def test_what_was_seen_is_kept(stage: Stage) -> None:
    stage.up()
    session = stage.session()
    made = {entry.kind: entry for entry in ledger.of(session).history()}
    for kind in ("trained", "start"):
        seen = made[kind].note.seen
        assert seen is not None
        assert seen.machine
        assert made[kind].tags == session.identity.tags
    found = spending.of(session)
    assert [row.name.split()[0] for row in found.rows] == ["version", "run"]
    stage.down()
    assert len(spending.of(stage.session()).rows) == 2


def test_a_run_that_nobody_followed_counts_by_what_the_target_tells(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(minutes=30))
    work = stage.work()
    train.run(work, stage.session(work), detach=True)
    (attempt,) = claims.every(stage.session())
    assert attempt.seen is not None
    assert attempt.seen.machine
    stage.clock.advance(timedelta(hours=5))
    (row,) = spending.of(stage.session()).rows
    assert 0.4 < row.hours_low == row.hours_high <= 0.6
    assert "no end yet" not in str(row.amount.unknown)


def test_a_run_that_was_taken_down_keeps_its_price(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(hours=2))
    work = stage.work()
    train.run(work, stage.session(work), detach=True)
    stage.clock.advance(timedelta(minutes=30))
    stage.down()
    (attempt,) = claims.every(stage.session())
    assert attempt.outcome == "stopped"
    assert attempt.seen is not None


def test_a_target_that_cannot_be_asked_is_said(stage: Stage) -> None:
    stage.cloud.default_job = JobBehaviour(runs=timedelta(hours=2))
    work = stage.work()
    train.run(work, stage.session(work), detach=True)
    session = stage.session()
    blind = replace(session, provider=cast(Any, _Blind()))
    found = spending.of(blind)
    assert found.notes == ("the runs without an end could not be asked about: signed out",)
    assert "no end yet" in str(found.rows[0].amount.unknown)


class _Blind:
    def trainer(self) -> NoReturn:
        raise ProviderError("credentials", "signed out", during="sign in", code="TW101")
