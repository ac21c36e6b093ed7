"""Claims: many runs of one digest are one job; dead claimers are taken over; what came of an attempt is written once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from fakes.statekit import NEW, OLD, LosingStore, World

from tradewind.engine import claims, processes
from tradewind.engine.claims import Attempt


def world_of(*, atomic: bool) -> World:
    world = World()
    world.info.traits = replace(world.info.traits, atomic_submit=atomic)
    return world


def at_once(count: int, work: object) -> list[object]:
    found: list[object] = []
    threads = [threading.Thread(target=lambda: found.append(work())) for _ in range(count)]  # type: ignore[operator]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def test_thirty_two_at_once_one_claims_and_all_agree() -> None:
    world = world_of(atomic=False)
    made = [one for one in at_once(32, lambda: claims.claim(world.session(), OLD)) if isinstance(one, Attempt)]
    assert len(made) == 32
    assert sum(one.mine for one in made) == 1
    assert {(one.number, one.name) for one in made} == {(1, made[0].name)}
    assert [one.key for one in world.store.list("runs/")] == [f"runs/{'a' * 64}/0001.json"]
    assert sum(claims.may_submit(world.session(), one) for one in made) == 1


def test_success_is_found_again_and_failure_makes_the_next_attempt() -> None:
    world = World()
    session = world.session()
    first = claims.claim(session, OLD)
    failed = claims.finish(session, first, "failed", reason="exit code 3")
    assert (failed.outcome, failed.reason) == ("failed", "exit code 3")
    assert claims.claim(session, OLD, again=False).number == 1
    second = claims.claim(session, OLD)
    assert (second.number, second.mine) == (2, True)
    assert second.name != first.name
    claims.finish(session, second, "succeeded", model="file:///models/1")
    found = claims.claim(session, OLD)
    assert (found.number, found.mine, found.outcome, found.model) == (2, False, "succeeded", "file:///models/1")
    assert [one.outcome for one in claims.attempts(session, OLD)] == ["failed", "succeeded"]
    assert claims.finish(session, second, "failed").outcome == "succeeded", "the first word stands"


def test_a_claim_whose_job_never_came_is_taken_over_by_one() -> None:
    world = world_of(atomic=False)
    claims.claim(world.session(), OLD)
    attached = claims.claim(world.session(), OLD)
    assert not attached.mine
    assert not claims.may_submit(world.session(), attached)
    world.clock.advance(claims.ADOPT_AFTER + timedelta(seconds=1))
    said = at_once(16, lambda: claims.may_submit(world.session(), attached))
    assert sorted(said, key=bool) == [False] * 15 + [True]
    assert not claims.may_submit(world.session(), attached), "the new one has its time too"
    world.clock.advance(claims.ADOPT_AFTER + timedelta(seconds=1))
    assert claims.may_submit(world.session(), attached)
    (latest,) = claims.attempts(world.session(), OLD)
    assert (latest.number, latest.takeovers) == (1, 2)


def test_a_claimer_that_is_dead_on_this_machine_is_taken_over_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    if not processes.me().machine:
        pytest.skip("this system cannot tell")
    world = world_of(atomic=False)
    dead = replace(processes.me(), started="1")
    with monkeypatch.context() as patch:
        patch.setattr(processes, "me", lambda: dead)
        claims.claim(world.session(), OLD)
    assert claims.may_submit(world.session(), claims.claim(world.session(), OLD))


def test_where_submitting_is_atomic_anybody_may() -> None:
    world = world_of(atomic=True)
    claims.claim(world.session(), OLD)
    assert claims.may_submit(world.session(), claims.claim(world.session(), OLD))


def test_damaged_claims_still_count_and_damaged_ends_are_computed_again() -> None:
    world = World()
    session = world.session()
    first = claims.claim(session, OLD)
    world.store.put(f"runs/{'a' * 64}/0001.json", b"{")
    world.store.put(f"runs/{'a' * 64}/strange.json", b"{}")
    (seen,) = claims.attempts(session, OLD)
    assert (seen.number, seen.name, seen.owner) == (1, first.name, "")
    world.store.put(f"runs/{'a' * 64}/0001.end.json", b"\x00")
    assert claims.claim(session, OLD).number == 2


def test_all_runs_in_order_of_time() -> None:
    world = World()
    session = world.session()
    claims.claim(session, NEW)
    world.clock.advance(timedelta(seconds=1))
    claims.claim(session, OLD)
    assert [(one.digest, one.number) for one in claims.every(session)] == [(NEW, 1), (OLD, 1)]


def test_a_lost_answer_of_the_store_is_still_our_claim() -> None:
    world = World()
    session = replace(world.session(), store=LosingStore(world.store))  # type: ignore[arg-type]
    assert claims.claim(session, OLD).mine
