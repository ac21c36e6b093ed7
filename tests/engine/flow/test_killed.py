"""`up` killed after each of its effects on the fake cloud: the same command then finishes, nothing exists twice."""

from __future__ import annotations

import pytest
from fakes.stage import Stage

from tradewind.engine import apply, effects, history, lease
from tradewind.engine.effects import Effect

EFFECTS = 40  # more than there are; those past the last one do not happen, and a test says how many there are
NEW = ("train.parameters.epochs=30", "serve.rollout.bake=10s")


class Killed(BaseException):
    """As SIGKILL: no `except Exception` stops it."""


class KillAfter:
    def __init__(self, number: int) -> None:
        self.number = number
        self.seen: list[Effect] = []

    def before(self, effect: Effect) -> None:
        if self.number and len(self.seen) >= self.number:
            raise Killed  # a dead process does nothing more, whatever its `finally` would like

    def after(self, effect: Effect) -> None:
        self.seen.append(effect)
        if len(self.seen) == self.number:
            raise Killed


def killed_up(stage: Stage, number: int, *sets: str) -> KillAfter:
    observer = KillAfter(number)
    work = stage.work(*sets)
    session = effects.through(stage.session(work), observer)
    try:
        apply.up(work, session)
    except Killed:
        # The lease of a dead process ends by time, or at once where its machine is ours; this process lives on.
        lease.unlock(stage.session())
    return observer


def finish(stage: Stage, *sets: str) -> None:
    made = stage.up(*sets)
    endpoint = stage.cloud.endpoints["churn"]
    assert endpoint.traffic == {
        next(s for s, seat in endpoint.seats.items() if seat.version.digest == made.version): 100
    }
    assert not stage.plan(*sets).changes
    assert not stage.up(*sets).changed
    assert all(line.outcome != "started" for line in history.entries(stage.session()).entries)


def test_how_many_effects_there_are(stage: Stage) -> None:
    count = len(killed_up(stage, 0).seen)
    assert 10 < count < EFFECTS
    more = len(killed_up(stage, 0, *NEW).seen)
    assert 10 < more < EFFECTS


@pytest.mark.parametrize("number", range(1, EFFECTS))
def test_a_first_up(stage: Stage, number: int) -> None:
    killed_up(stage, number)
    finish(stage)
    assert stage.ops("submit") == ["submit"]
    assert stage.ops("create_endpoint") == ["create_endpoint"]
    stage.down()
    assert (stage.cloud.jobs, stage.cloud.endpoints) == ({}, {})


@pytest.mark.parametrize("number", range(1, EFFECTS))
def test_an_up_to_a_new_version(stage: Stage, number: int) -> None:
    stage.up()
    killed_up(stage, number, *NEW)
    finish(stage, *NEW)
    assert stage.ops("submit") == ["submit"] * 2
    assert stage.ops("create_endpoint") == ["create_endpoint"]


@pytest.mark.parametrize("number", range(1, 16))
def test_a_down(stage: Stage, number: int) -> None:
    stage.up()
    observer = KillAfter(number)
    try:
        apply.down(effects.through(stage.session(), observer))
    except Killed:
        lease.unlock(stage.session())
    stage.down()
    assert (stage.cloud.jobs, stage.cloud.endpoints) == ({}, {})
    assert stage.up().url
