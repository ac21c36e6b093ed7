"""What a status says while a rollout goes on, is left to the target, or was left lying."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.statekit import NAME, NEW, OLD, Killed, Killer, World, policy, version

from tradewind.engine import endpoints, lease, ledger
from tradewind.engine.ledger import Entry


def test_it_rolls_out_from_the_first_intent_on_and_who_is_at_it_is_said() -> None:
    """The old version has all the traffic yet, so that the shares alone would say that it only serves."""
    world = World().serving(OLD)
    session = world.session()
    with lease.hold(session, command="up") as held:
        old, new = version(OLD, slot="a"), version(NEW, slot="b")
        entry = Entry("start", NAME, style="update", digest=NEW, before=OLD, version=new, previous=old, policy=policy())
        ledger.of(session).append(entry, check=held.verify)
        seen = endpoints.status(session, NAME)
    assert seen.state == "rolling_out"
    assert seen.rollout is not None
    assert (seen.rollout.version, seen.rollout.before, seen.rollout.share) == (NEW, OLD, 0)
    assert seen.rollout.by.startswith("tester on ")


def test_a_native_rollout_goes_on_without_the_client_that_began_it() -> None:
    world = World(native=True).serving(OLD)
    with pytest.raises(Killed):
        world.up(version(NEW), observer=_UntilMoving(world))
    world.clock.advance(lease.LENGTH * 2)
    seen = endpoints.status(world.session(), NAME)
    assert seen.state == "rolling_out"
    assert seen.rollout is not None
    assert (seen.rollout.by, seen.rollout.share) == ("", None)  # its share is not shown, which is not 0 %


def test_shares_that_a_dead_client_left_are_told_with_their_version() -> None:
    world = World().serving(OLD)
    with pytest.raises(Killed):
        world.up(version(NEW), observer=_UntilShare(world, 10))
    world.clock.advance(lease.LENGTH * 2)
    seen = endpoints.status(world.session(), NAME)
    assert seen.state == "rolling_out"
    assert seen.rollout is not None
    assert (seen.rollout.version, seen.rollout.share, seen.rollout.by) == (NEW, 10, "")


def test_what_serves_is_not_rolled_out() -> None:
    world = World().serving(OLD)
    seen = endpoints.status(world.session(), NAME)
    assert (seen.state, seen.rollout) == ("serving", None)
    world.clock.advance(timedelta(hours=1))
    assert endpoints.status(world.session(), NAME).rollout is None


class _UntilMoving(Killer):
    """Kills once the target says that the endpoint moves."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self._world = world

    def after(self, effect: object) -> None:
        seen = self._world.session().provider.server().observe(NAME)
        if seen is not None and self.over(seen):
            raise Killed

    def over(self, seen: object) -> bool:
        return getattr(seen, "phase", "") == "moving"


class _UntilShare(_UntilMoving):
    def __init__(self, world: World, share: int) -> None:
        super().__init__(world)
        self._share = share

    def over(self, seen: object) -> bool:
        return getattr(seen, "traffic", {}).get("b") == self._share
