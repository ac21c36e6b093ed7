"""Killed after every single effect, the same call then brings the world to where an unkilled one would have brought it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.statekit import NAME, NEW, NEWER, OLD, Killed, Killer, World, killed_everywhere, policy, version

from tradewind.engine import lease, ledger
from tradewind.engine.effects import Observer
from tradewind.engine.guard import guard
from tradewind.engine.recall import recall
from tradewind.engine.rollout import Outcome
from tradewind.errors import TradewindError

QUICK = policy(bake=timedelta(minutes=1), max_bake=timedelta(minutes=3))
Act = Callable[[World, Observer | None], object]


def up(digest: str, how: object = QUICK, **fields: object) -> Act:
    def act(world: World, observer: Observer | None) -> object:
        try:
            return world.up(version(digest, **fields), how, observer)  # type: ignore[arg-type]
        except TradewindError as error:
            return error.code

    return act


def back(world: World, observer: Observer | None) -> object:
    try:
        return world.back(observer)
    except TradewindError as error:
        return error.code


def down(world: World, observer: Observer | None) -> object:
    return world.down(observer)


def old(native: bool = False, **fields: object) -> Callable[[], World]:
    def prepare() -> World:
        world = World(native=native).serving(OLD, **fields)
        if fields:
            world.cloud.scale(NAME, "a", 4)
        return world

    return prepare


def broken(digest: str, native: bool = False, **how: object) -> Callable[[], World]:
    def prepare() -> World:
        world = World(native=native) if digest == OLD else World(native=native).serving(OLD)
        world.behave(digest, **how)
        return world

    return prepare


def both(native: bool = False, gone: bool = False) -> Callable[[], World]:
    def prepare() -> World:
        world = World(native=native).serving(OLD, NEW)
        if gone:
            world.clock.advance(timedelta(hours=2))
            world.up(version(NEW))
        return world

    return prepare


WALKS: dict[str, tuple[Callable[[], World], Act]] = {
    "first": (World, up(OLD)),
    "first that crashes": (broken(OLD, crashes=("boom",)), up(OLD)),
    "first that never gets ready": (broken(OLD, never_ready=True), up(OLD)),
    "canary": (old(), up(NEW)),
    "canary of a scaled-out fleet": (old(min=1, max=8), up(NEW, min=1, max=8)),
    "blue green": (old(), up(NEW, policy(strategy="blue_green"))),
    "all at once, keeping nothing": (old(), up(NEW, policy(strategy="all_at_once", keep=timedelta(0)))),
    "errors": (broken(NEW, error_rate=0.3), up(NEW)),
    "blue green with errors": (broken(NEW, error_rate=0.3), up(NEW, policy(strategy="blue_green"))),
    "crash": (broken(NEW, crashes=("boom",)), up(NEW)),
    "resize": (old(), up(OLD, min=2, max=3)),
    "rollback": (both(), back),
    "rollback to one that is gone": (both(gone=True), back),
    "down": (both(), down),
    "native": (old(native=True), up(NEW)),
    "native that goes back": (broken(NEW, native=True, crashes=("boom",)), up(NEW)),
    "native rollback": (both(native=True), back),
    "native down": (old(native=True), down),
}


@pytest.mark.parametrize("walk", WALKS)
def test_killed_after_every_effect(walk: str) -> None:
    assert killed_everywhere(*WALKS[walk]) >= 4


def test_killed_after_every_effect_with_a_probe(tmp_path: Path) -> None:
    body = tmp_path / "probe.json"
    body.write_text("{}")
    assert killed_everywhere(old(), up(NEW, policy(probe=str(body)))) >= 10


def test_killed_while_going_back_by_ctrl_c() -> None:
    def prepare() -> World:
        world = World().serving(OLD)
        world.clock.when(timedelta(seconds=90), world.stop.ask)
        return world

    whole, counted = prepare(), Killer()
    assert up(NEW)(whole, counted) == "TW515"
    expected = whole.stands()
    aborting = [number for number, effect in enumerate(counted.effects, 1) if effect.subject.startswith("ledger/")][2:]
    for after in range(aborting[0], aborting[-1]):
        world = prepare()
        with pytest.raises(Killed):
            up(NEW)(world, Killer(after))
        world.stop.clear()
        world.clock.advance(lease.LENGTH * 2)
        assert guard(world.session(), NAME).did == "reverted"
        assert world.stands() == expected


@pytest.mark.parametrize("on_orphan", ["revert", "finish"])
@pytest.mark.parametrize("native", [False, True])
def test_guard_ends_what_a_kill_left_at_any_point(on_orphan: str, native: bool) -> None:
    how = policy(bake=timedelta(minutes=1), max_bake=timedelta(minutes=3), on_orphan=on_orphan)
    counted = Killer()
    up(NEW, how)(old(native)(), counted)
    ends = set()
    for after in range(1, len(counted.effects) + 1):
        world = old(native)()
        with pytest.raises(Killed):
            up(NEW, how)(world, Killer(after))
        assert guard(world.session(), NAME).did in ("waited", "nothing"), "its owner's lock still counts"
        world.clock.advance(lease.LENGTH * 2)
        first = guard(world.session(), NAME)
        world.clock.advance(timedelta(minutes=30))  # a native rollout goes on by itself
        guard(world.session(), NAME)
        assert guard(world.session(), NAME).did == "nothing"
        traffic = world.stands()["traffic"]
        assert traffic in ({"a": 100}, {"b": 100}), f"killed after {after}: {first}"
        serves = {seat.version.digest for slot, seat in world.cloud.endpoints[NAME].seats.items() if slot in traffic}  # type: ignore[operator]
        ends.add((first.did, *serves))
        assert world.up(version(NEW), how).digest == NEW
    reverted = {("reverted", OLD)} if on_orphan == "revert" and not native else set()
    assert reverted <= ends
    assert any(NEW in end for end in ends)


@pytest.mark.parametrize("native", [False, True])
@pytest.mark.parametrize("begun", ["update", "rollback", "bad update", "first"])
@pytest.mark.parametrize("then", ["down", "back", "old", "newer"])
def test_whatever_a_kill_left_another_call_ends_it(begun: str, then: str, native: bool) -> None:
    prepare: dict[str, tuple[Callable[[], World], Act]] = {
        "update": (old(native), up(NEW)),
        "bad update": (broken(NEW, native, crashes=("boom",)), up(NEW)),
        "rollback": (both(native), back),
        "first": (lambda: World(native=native), up(OLD)),
    }
    acts: dict[str, Act] = {"down": down, "back": back, "old": up(OLD), "newer": up(NEWER)}
    ready, act = prepare[begun]
    counted = Killer()
    act(ready(), counted)
    for after in range(1, len(counted.effects) + 1):
        world = ready()
        with pytest.raises(Killed):
            act(world, Killer(after))
        world.clock.advance(lease.LENGTH * 2)
        said = acts[then](world, None)
        at = f"killed after {after}: {counted.effects[after - 1]}, then {then}: {said}"
        pending = recall(ledger.of(world.session()).read(), NAME).pending
        if then == "down":
            assert world.cloud.endpoints == {}, at
        elif isinstance(said, Outcome):
            assert world.stands()["traffic"] in ({"a": 100}, {"b": 100}), at
        else:
            assert said in ("TW050", "TW067"), at
        if said != "TW067":  # a first version that is not there yet cannot be gone back from; the guard ends it
            assert pending is None, at
        if then == "newer":
            assert isinstance(said, Outcome), at
            assert said.digest == NEWER, at
