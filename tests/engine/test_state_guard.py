"""`endpoint guard`, the cloud's own rollouts, and many callers at once."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.provider import VersionBehaviour
from fakes.statekit import NAME, NEW, NEWER, OLD, Killed, Killer, World, policy, version

from tradewind.engine import holds, lease, ledger, rollout
from tradewind.engine.clock import SystemClock
from tradewind.engine.guard import guard
from tradewind.errors import InterruptedByUser, RolledBackError, TimedOutError
from tradewind.storage.opening import open_store

MINUTE = timedelta(minutes=1)


def orphan(on_orphan: str, effects: int, native: bool = False) -> World:
    """A rollout whose owner died in the middle, and whose lease is over."""
    world = World(native=native).serving(OLD)
    with pytest.raises(Killed):
        world.up(version(NEW), policy(on_orphan=on_orphan), Killer(effects))
    world.clock.advance(2 * lease.LENGTH)
    return world


def test_nothing_to_do_writes_nothing() -> None:
    world = World()
    assert guard(world.session(), NAME).did == "nothing"
    world.serving(OLD, NEW)
    before = [entry.key for entry in world.store.list()]
    result = guard(world.session(), NAME)
    assert (result.did, result.changed, result.serves) == ("nothing", False, NEW)
    assert [entry.key for entry in world.store.list()] == before


def test_a_live_owner_is_left_alone() -> None:
    world = orphan("revert", 12)
    since = len(world.cloud.writes)
    with lease.hold(world.session(), command="up"):
        result = guard(world.session(), NAME)
    assert result.did == "waited"
    assert "`up`" in result.reason
    assert len(world.cloud.writes) == since


def test_revert_takes_the_new_version_away_without_a_hold() -> None:
    world = orphan("revert", 12)
    result = guard(world.session(), NAME)
    assert (result.did, result.serves, result.changed) == ("reverted", OLD, True)
    assert world.stands() == {"seats": {"a": (OLD, 1, 1)}, "traffic": {"a": 100}, "native": False, "holds": []}
    assert ledger.of(world.session()).history()[-1].cause == "orphaned"
    assert guard(world.session(), NAME).did == "nothing"


def test_finish_goes_on_and_still_judges() -> None:
    world = orphan("finish", 12)
    assert (guard(world.session(), NAME).did, world.stands()["traffic"]) == ("finished", {"b": 100})
    bad = orphan("finish", 12)
    bad.behave(NEW, error_rate=0.4)
    result = guard(bad.session(), NAME)
    assert result.did == "reverted"
    assert "error rate" in result.reason
    assert holds.held(bad.session(), NEW) is not None


def test_what_keep_kept_long_enough_is_retired() -> None:
    world = World().serving(OLD, NEW)
    world.clock.advance(59 * MINUTE)
    assert guard(world.session(), NAME).did == "nothing"
    world.clock.advance(2 * MINUTE)
    assert guard(world.session(), NAME).did == "retired"
    assert world.stands()["seats"] == {"b": (NEW, 1, 1)}
    assert guard(world.session(), NAME).did == "nothing"


# ---- native


def test_a_native_rollout_promotes_in_the_same_seat() -> None:
    world = World(native=True).serving(OLD)
    outcome = world.up(version(NEW))
    assert (outcome.did, outcome.digest, outcome.slot, outcome.previous) == ("promoted", NEW, "a", OLD)
    assert world.up(version(NEW)).did == "unchanged"
    back = world.back()
    assert (back.did, back.digest, back.held) == ("rolled_back", OLD, NEW)


@pytest.mark.parametrize("how", [{"crashes": ("boom",)}, {"never_ready": True}, {"error_rate": 0.5}])
def test_a_native_rollout_that_went_back_is_the_same_outcome(how: dict[str, object]) -> None:
    world = World(native=True).serving(OLD)
    world.behave(NEW, **how)
    with pytest.raises(RolledBackError) as caught:
        world.up(version(NEW), policy(error_rate=0.01))
    assert caught.value.exit == 8
    assert world.stands()["seats"] == {"a": (OLD, 1, 1)}
    assert holds.held(world.session(), NEW) is not None


def test_a_second_client_attaches_to_a_native_rollout() -> None:
    world = World(native=True).serving(OLD)
    since = len(world.cloud.writes)
    with pytest.raises(Killed):
        world.up(version(NEW), observer=Killer(6))
    world.clock.advance(2 * lease.LENGTH)
    assert world.up(version(NEW)).did == "promoted"
    assert [op for op, _ in world.writes(since)] == ["start_native"]


def test_ctrl_c_cancels_a_native_rollout() -> None:
    world = World(native=True).serving(OLD)
    world.clock.when(2 * MINUTE, world.stop.ask)
    with pytest.raises(InterruptedByUser):
        world.up(version(NEW))
    assert world.stands() == {"seats": {"a": (OLD, 1, 1)}, "traffic": {"a": 100}, "native": False, "holds": []}


def test_the_guard_leaves_a_native_rollout_to_the_cloud_and_writes_down_its_end() -> None:
    world = orphan("revert", 6, native=True)
    assert guard(world.session(), NAME).did == "nothing"
    world.clock.advance(timedelta(hours=1))
    assert guard(world.session(), NAME).did == "finished"
    assert ledger.of(world.session()).history()[-1].outcome == "promoted"


def test_a_native_first_version_that_fails_is_taken_away() -> None:
    world = World(native=True)
    world.behave(OLD, never_ready=True)
    with pytest.raises(TimedOutError):
        world.up(version(OLD))
    assert world.cloud.endpoints == {}


# ---- many at once, on the real clock


def at_once(tmp_path: Path, digests: list[str]) -> tuple[World, list[rollout.Outcome]]:
    world = World()
    world.cloud.clock = SystemClock()
    world.cloud.default_version = VersionBehaviour(starts=timedelta(seconds=0.05))
    session = replace(world.session(), clock=SystemClock(), store=open_store(tmp_path.as_uri()))
    how = policy(strategy="all_at_once")
    found: list[rollout.Outcome] = []

    def work(digest: str) -> None:
        with lease.hold(session, timedelta(seconds=90)) as held:
            found.append(rollout.roll_out(session, NAME, version(digest), how, held))

    threads = [threading.Thread(target=work, args=(digest,)) for digest in digests]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(90)
    return world, found


def test_sixteen_identical_ups_at_once_make_one_endpoint_and_all_get_an_answer(tmp_path: Path) -> None:
    world, found = at_once(tmp_path, [OLD] * 16)
    assert sorted(one.did for one in found) == ["created"] + ["unchanged"] * 15
    assert {(one.digest, one.url) for one in found} == {(OLD, found[0].url)}
    assert [op for op, _ in world.writes()] == ["create_endpoint", "create_version", "traffic"]


def test_different_ups_at_once_come_one_after_the_other(tmp_path: Path) -> None:
    world, found = at_once(tmp_path, [OLD, NEW, NEWER])
    assert sorted(one.did for one in found) == ["created", "promoted", "promoted"]
    assert world.stands()["traffic"] in ({"a": 100}, {"b": 100})
    assert len(world.cloud.endpoints[NAME].seats) == 2
