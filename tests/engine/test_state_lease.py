"""The lock: one owner at a time, renewed in time, lost for good when it was not; whose it is, and how it is freed."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.clock import FakeClock
from fakes.statekit import NAME, OLD, LosingStore, World

from tradewind.engine import lease, processes, rollout
from tradewind.engine.clock import Stop, SystemClock
from tradewind.engine.processes import Process
from tradewind.engine.session import Identity, Session
from tradewind.errors import InterruptedByUser, LockedError
from tradewind.storage.opening import open_store

NO_WAIT = timedelta(0)
LATE = lease.LENGTH + timedelta(seconds=1)


def keys(world: World) -> list[str]:
    return [entry.key for entry in world.store.list("lock/")]


@contextmanager
def dead_owner(world: World) -> Iterator[None]:
    """A lease whose owner is gone without a word, as far as the store can tell."""
    holding = lease.hold(world.session(), NO_WAIT, command="up")
    holding.__enter__()
    yield
    del holding


def test_one_at_a_time_and_free_afterwards() -> None:
    world = World()
    with lease.hold(world.session(), command="up") as held:
        held.check()
        with (
            pytest.raises(LockedError) as caught,
            lease.hold(world.session(), timedelta(seconds=30)),
        ):
            pytest.fail("two owners")
        assert caught.value.exit == 9
        assert caught.value.code == "TW510"
        for said in ("tester", str(processes.me().pid), processes.me().host, "`up`", "2026-01-01"):
            assert said in caught.value.message
        assert "deploy unlock" in caught.value.hint
        assert [event.kind for event in world.events] == ["lock.wait"]
        found = lease.owner(world.session())
        assert found is not None
        assert (found.owner, found.command, found.expired) == ("tester", "up", False)
    assert lease.owner(world.session()) is None
    with lease.hold(world.session(), NO_WAIT):
        pass


def test_a_dead_owners_lock_frees_itself_after_its_lease() -> None:
    world = World()
    with dead_owner(world):
        began = world.clock.now()
        with lease.hold(world.session(), timedelta(minutes=10)):
            assert lease.LENGTH <= world.clock.now() - began < lease.LENGTH + timedelta(seconds=10)


def test_a_process_that_this_machine_knows_to_be_dead_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    world = World()
    if not processes.me().machine:
        pytest.skip("this system cannot tell")
    dead = replace(processes.me(), started="1")
    with monkeypatch.context() as patch:
        patch.setattr(processes, "me", lambda: dead)
        holding = lease.hold(world.session(), NO_WAIT)
        holding.__enter__()
    began = world.clock.now()
    with lease.hold(world.session(), NO_WAIT):
        assert world.clock.now() == began


def test_who_is_gone() -> None:
    me = processes.me()
    assert not processes.gone(me)
    assert not processes.gone(replace(me, host="another", pid=2**22 + 5))
    assert not processes.gone(Process(me.host, "", 2**22 + 5, ""))
    if me.machine:
        assert processes.gone(replace(me, pid=2**22 + 5))
        assert processes.gone(replace(me, started="0")), "the pid was given to somebody else"


def test_an_owner_that_slept_past_its_lease_writes_nothing_more() -> None:
    world = World().serving(OLD)
    session = world.session()
    with lease.hold(session) as held:
        world.clock.advance(LATE)
        cloud, objects = len(world.cloud.writes), list(world.store.list())
        with pytest.raises(LockedError) as caught:
            rollout.take_down(session, NAME, held)
        assert caught.value.code == "TW511"
        assert len(world.cloud.writes) == cloud
        assert list(world.store.list()) == objects
        with pytest.raises(LockedError):
            held.check()
    assert list(world.store.list()) == objects, "nor when it lets go"


def test_an_owner_that_was_taken_over_stops_and_leaves_the_new_one_alone() -> None:
    world = World()
    with lease.hold(world.session()) as first:
        world.clock.advance(LATE)
        with lease.hold(world.session(), NO_WAIT) as second:
            with pytest.raises(LockedError):
                first.check()
            second.check()
            assert second.number > first.number


def test_renewed_at_checks_for_as_long_as_it_takes() -> None:
    world = World()
    with lease.hold(world.session()) as held:
        for _ in range(40):
            world.clock.advance(lease.LENGTH / 2)
            held.check()
        assert len(keys(world)) == 1, "old ones are swept"
        assert held.number > 20
        found = lease.owner(world.session())
        assert found is not None
        assert world.clock.now() - found.since > 19 * lease.LENGTH


def test_a_check_in_time_asks_nobody() -> None:
    world = World()
    with lease.hold(world.session()) as held:
        before = keys(world)
        world.clock.advance(lease.LENGTH / 4)
        held.check()
        assert keys(world) == before
        held.verify()
        assert keys(world) != before


@pytest.mark.parametrize("off", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_clock_an_hour_off_does_no_harm(off: timedelta) -> None:
    world, skewed = World(), FakeClock()
    skewed._now += off
    other = replace(world.session(), clock=skewed)
    with lease.hold(other, command="skewed") as held:
        held.check()
        skewed._now += off  # and jumps once more while it holds the lock
        held.check()
        with pytest.raises(LockedError), lease.hold(world.session(), NO_WAIT):
            pytest.fail("two owners")
    with lease.hold(world.session(), NO_WAIT), pytest.raises(LockedError), lease.hold(other, NO_WAIT):
        pytest.fail("two owners")


def test_unlock_says_whose_it_was_and_stops_the_owner() -> None:
    world = World()
    assert lease.unlock(world.session()) is None
    with lease.hold(world.session(), command="up") as held:
        was = lease.unlock(world.session())
        assert was is not None
        assert was.command == "up"
        assert lease.unlock(world.session()) is None
        world.clock.advance(lease.LENGTH / 2)
        with pytest.raises(LockedError, match="freed"):
            held.check()
        with lease.hold(world.session(), NO_WAIT):
            pass


def test_a_damaged_lease_counts_until_its_time_is_over() -> None:
    world = World()
    world.store.put("lock/000000000007.json", b"\x00 not json")
    world.store.put("lock/readme.txt", b"nothing of ours")
    with pytest.raises(LockedError, match="unreadable"), lease.hold(world.session(), NO_WAIT):
        pytest.fail("taken")
    world.clock.advance(LATE)
    with lease.hold(world.session(), NO_WAIT) as held:
        assert held.number == 8


def test_a_swept_number_that_is_made_again_is_void() -> None:
    world = World()
    with lease.hold(world.session()) as held:
        held.verify()
        held.verify()
        assert not lease._put(world.store, held.number - 1, b"{}")
        assert keys(world) == [f"lock/{held.number:012d}.json"]


def test_ctrl_c_while_waiting() -> None:
    world = World()
    with lease.hold(world.session()):
        world.clock.when(timedelta(seconds=5), world.stop.ask)
        with pytest.raises(InterruptedByUser), lease.hold(world.session()):
            pytest.fail("taken")


def test_lost_answers_of_the_store_do_not_lose_the_lock() -> None:
    world = World()
    session = replace(world.session(), store=LosingStore(world.store))  # type: ignore[arg-type]
    with lease.hold(session) as held:
        for _ in range(6):
            world.clock.advance(lease.LENGTH / 2)
            held.check()
    assert lease.owner(world.session()) is None


def real(tmp_path: Path, world: World) -> Session:
    return Session(
        Identity(NAME, "default", "fake"),
        world.info,
        world.session().provider,
        world.session().foundation,
        open_store(tmp_path.as_uri()),
        SystemClock(),
        Stop(),
    )


def test_a_thread_renews_while_a_call_blocks_on_the_real_clock(tmp_path: Path) -> None:
    world = World()
    session = real(tmp_path, world)
    with lease.hold(session, length=timedelta(seconds=0.9)) as held:
        threading.Event().wait(1.5)  # a blocking call of a provider: longer than the lease
        held.check()
        with pytest.raises(LockedError), lease.hold(session, NO_WAIT):
            pytest.fail("two owners")
    assert lease.owner(session) is None


def test_sixteen_threads_never_hold_it_together(tmp_path: Path) -> None:
    session, inside, most, done = real(tmp_path, World()), 0, 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most, done
        with lease.hold(session, timedelta(seconds=60)) as held:
            with guard:
                inside += 1
                most = max(most, inside)
            held.verify()
            with guard:
                inside -= 1
                done += 1

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert (most, done) == (1, 16)
