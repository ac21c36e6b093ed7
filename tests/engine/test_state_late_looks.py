"""Targets that show late what was just done (eventual consistency), and a clock that is an hour off."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from fakes.clock import FakeClock
from fakes.provider import VersionBehaviour
from fakes.server import FakeServer
from fakes.stage import Stage
from fakes.statekit import NEW, NEWER, OLD, World, version

from tradewind.engine import effects
from tradewind.engine.clock import Stop
from tradewind.engine.session import Session
from tradewind.errors import FailedError, RolledBackError
from tradewind.values import Observed, Wanted

LATE = timedelta(seconds=25)


@pytest.fixture
def _late(monkeypatch: pytest.MonkeyPatch) -> None:
    """`observe` shows what was true some time ago; `advance` answers with what is."""
    past: list[tuple[datetime, Observed | None]] = []
    observe, advance = FakeServer.observe, FakeServer.advance

    def show(server: FakeServer, name: str) -> Observed | None:
        now = server.cloud.clock.now()
        past.append((now, observe(server, name)))
        return next((seen for at, seen in reversed(past) if at <= now - LATE), None)

    def step(server: FakeServer, want: Wanted) -> Observed:
        done = advance(server, want)
        past.append((server.cloud.clock.now(), observe(server, want.name)))
        return done

    monkeypatch.setattr(FakeServer, "observe", show)
    monkeypatch.setattr(FakeServer, "advance", step)


@pytest.mark.usefixtures("_late")
def test_a_version_that_is_not_shown_yet_is_not_gone() -> None:
    world = World().serving(OLD)
    outcome = world.up(version(NEW))
    assert (outcome.did, outcome.digest, outcome.slot) == ("promoted", NEW, "b")


@pytest.mark.usefixtures("_late")
def test_the_seat_of_who_serves_is_not_taken_on_an_old_picture() -> None:
    world = World().serving(OLD, NEW)
    since = len(world.cloud.writes)
    assert world.up(version(NEWER)).slot == "a"
    assert [detail for op, detail in world.writes(since) if op == "create_version"] == [NEWER]
    assert world.stands()["traffic"] == {"a": 100}


@pytest.mark.usefixtures("_late")
def test_a_bad_version_that_is_not_shown_yet_is_still_taken_away() -> None:
    world = World().serving(OLD)
    world.clock.advance(timedelta(minutes=2))
    world.behave(NEW, crashes=("no such file",))
    with pytest.raises(RolledBackError):
        world.up(version(NEW))
    assert world.stands()["seats"] == {"a": (OLD, 1, 1)}


@pytest.mark.usefixtures("_late")
def test_a_bad_first_version_that_is_not_shown_yet_is_taken_away() -> None:
    world = World()
    world.behave(OLD, crashes=("no such file",))
    with pytest.raises(FailedError):
        world.up(version(OLD))
    assert not world.cloud.endpoints


@pytest.mark.usefixtures("_late")
def test_up_answers_with_what_it_did_and_down_finds_it(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    made = stage.up()
    assert made.url
    assert made.version
    assert made.traffic == {"a": 100}
    stage.down()
    assert not stage.cloud.endpoints
    assert not stage.down().changed


@dataclass
class WrongClock:
    """The machine's clock beside that of the cloud."""

    right: FakeClock
    off: timedelta

    def now(self) -> datetime:
        return self.right.now() + self.off

    def sleep(self, duration: timedelta, stop: Stop | None = None) -> None:
        self.right.sleep(duration, stop)


@dataclass
class WrongWorld(World):
    off: timedelta = timedelta(0)

    def session(self, observer: effects.Observer | None = None) -> Session:
        return replace(super().session(observer), clock=WrongClock(self.clock, self.off))


@pytest.mark.parametrize("minutes", [-60, -5, 5, 60])
def test_a_clock_that_is_off_hides_no_errors(minutes: int) -> None:
    world = WrongWorld(lag=timedelta(minutes=1), off=timedelta(minutes=minutes))
    world.serving(OLD, load=120)
    world.clock.advance(timedelta(hours=1))
    world.cloud.version(NEW, VersionBehaviour(error_rate=0.3))
    with pytest.raises(RolledBackError):
        world.up(version(NEW))
    assert world.up(version(NEWER)).did == "promoted"


def test_an_unchanged_version_is_not_its_own_predecessor() -> None:
    world = World().serving(OLD, NEW)
    world.behave(NEWER, crashes=("no such file",))
    with pytest.raises(RolledBackError):
        world.up(version(NEWER))
    assert world.up(version(NEW)).previous == OLD
