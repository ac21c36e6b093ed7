"""Rollouts on a fake cloud and a fake clock: what is written in which order, verdicts, failures, sizes."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from fakes.statekit import NAME, NEW, NEWER, OLD, FaultyStore, Killed, Killer, World, policy, version

from tradewind.engine import acts, holds, lease, ledger, rollout
from tradewind.engine.session import OWNER
from tradewind.errors import (
    FailedError,
    InterruptedByUser,
    ProviderError,
    RefusedError,
    RolledBackError,
    SpecError,
    TimedOutError,
)

MINUTE = timedelta(minutes=1)


def traffic(world: World, since: int = 0) -> list[str]:
    return [detail for op, detail in world.writes(since) if op == "traffic"]


def test_the_first_version_comes_in_at_once() -> None:
    world = World()
    outcome = world.up(version(OLD))
    assert (outcome.did, outcome.digest, outcome.slot, outcome.changed) == ("created", OLD, "a", True)
    assert outcome.url
    assert traffic(world) == ["{'a': 100}"]


def test_the_same_again_writes_nothing() -> None:
    world = World().serving(OLD)
    cloud, entries = len(world.cloud.writes), len(ledger.of(world.session()).history())
    outcome = world.up(version(OLD))
    assert (outcome.did, outcome.changed) == ("unchanged", False)
    assert len(world.cloud.writes) == cloud
    assert len(ledger.of(world.session()).history()) == entries


def test_a_canary_goes_step_by_step_and_keeps_the_old_version() -> None:
    world = World().serving(OLD)
    since = len(world.cloud.writes)
    outcome = world.up(version(NEW))
    assert (outcome.did, outcome.digest, outcome.slot, outcome.previous) == ("promoted", NEW, "b", OLD)
    assert traffic(world, since) == ["{'b': 10, 'a': 90}", "{'b': 50, 'a': 50}", "{'b': 100}"]
    assert world.stands()["seats"] == {"a": (OLD, 1, 1), "b": (NEW, 1, 1)}
    kinds = [entry.kind for entry in ledger.of(world.session()).history()][-5:]
    assert kinds == ["start", "step", "step", "promote", "done"]


@pytest.mark.parametrize(
    ("how", "shares"),
    [
        (policy(strategy="all_at_once"), [100]),
        (policy(strategy="blue_green"), [100]),
        (policy(strategy="linear", steps=(25,)), [25, 50, 75, 100]),
        (policy(strategy="linear", steps=(20, 40, 60, 80)), [20, 40, 60, 80, 100]),
        (policy(strategy="canary", steps=()), [100]),
    ],
)
def test_the_strategies(how: object, shares: list[int]) -> None:
    world = World().serving(OLD)
    since = len(world.cloud.writes)
    world.up(version(NEW), how)  # type: ignore[arg-type]
    assert traffic(world, since) == [str({"b": s, "a": 100 - s} if s < 100 else {"b": 100}) for s in shares]


def test_no_bake_for_all_at_once_and_a_whole_one_for_blue_green() -> None:
    spans = {}
    for strategy in ("all_at_once", "blue_green"):
        world = World().serving(OLD)
        began = world.clock.now()
        world.up(version(NEW), policy(strategy=strategy))
        spans[strategy] = world.clock.now() - began
    assert spans["all_at_once"] < MINUTE
    assert spans["blue_green"] >= 5 * MINUTE


def test_sized_before_each_step_to_its_share_of_the_live_replicas() -> None:
    world = World().serving(OLD, min=1, max=8)
    world.cloud.scale(NAME, "a", 7)
    since = len(world.cloud.writes)
    world.up(version(NEW, min=1, max=8))
    steps = [(op, detail) for op, detail in world.writes(since) if op in ("scale", "traffic")]
    assert steps == [
        ("traffic", "{'b': 10, 'a': 90}"),
        ("scale", "(4, 8, None)"),
        ("traffic", "{'b': 50, 'a': 50}"),
        ("scale", "(7, 8, None)"),
        ("traffic", "{'b': 100}"),
        ("scale", "(1, 8, None)"),
    ]
    seat = world.cloud.endpoints[NAME].seats["b"]
    assert (seat.version.min, seat.now) == (1, 7), "scaled-out size is kept across an update"


def test_an_error_rate_rolls_back_with_a_hold_and_says_why() -> None:
    world = World().serving(OLD)
    world.behave(NEW, error_rate=0.2, lines=("model loaded", "boom"))
    with pytest.raises(RolledBackError) as caught:
        world.up(version(NEW), policy(error_rate=0.01))
    assert "error rate" in caught.value.message
    assert caught.value.log[-1] == "boom"
    assert caught.value.exit == 8
    assert world.stands()["seats"] == {"a": (OLD, 1, 1)}
    assert world.stands()["traffic"] == {"a": 100}
    assert (hold := holds.held(world.session(), NEW)) is not None
    assert "error rate" in hold.reason
    done = ledger.of(world.session()).history()[-1]
    assert (done.kind, done.outcome) == ("done", "rolled_back")
    assert "error rate" in done.reason


def test_a_held_version_is_refused_until_released() -> None:
    world = World().serving(OLD)
    world.behave(NEW, error_rate=0.5)
    with pytest.raises(RolledBackError):
        world.up(version(NEW))
    with pytest.raises(RefusedError) as caught:
        world.up(version(NEW))
    assert caught.value.code == "TW050"
    world.behave(NEW)
    assert holds.release(world.session(), NEW) is not None
    assert world.up(version(NEW)).did == "promoted"


@pytest.mark.parametrize(
    "how",
    [
        {"never_ready": True},
        {"crashes": ("loading", "ModuleNotFoundError: no module named joblib")},
        {"p95": timedelta(seconds=9)},
        {"error_rate": 1.0},
    ],
)
def test_a_bad_version_never_touches_the_old_one(how: dict[str, object]) -> None:
    world = World().serving(OLD)
    world.behave(NEW, **how)
    since = len(world.cloud.writes)
    with pytest.raises(RolledBackError):
        world.up(version(NEW))
    assert world.stands()["traffic"] == {"a": 100}
    assert world.stands()["seats"] == {"a": (OLD, 1, 1)}
    assert not [op for op, _ in world.writes(since) if op == "delete_endpoint"]


@pytest.mark.parametrize(
    ("how", "error", "code"),
    [({"never_ready": True}, TimedOutError, "TW517"), ({"crashes": ("no such file",)}, FailedError, "TW421")],
)
def test_a_first_version_that_fails_leaves_nothing(how: dict[str, object], error: type, code: str) -> None:
    world = World()
    world.behave(OLD, **how)
    with pytest.raises(error) as caught:
        world.up(version(OLD))
    assert caught.value.code == code
    assert world.cloud.endpoints == {}
    assert holds.every(world.session()) == ()
    world.behave(OLD)
    assert world.up(version(OLD)).did == "created", "the same version may be tried again"


def test_no_traffic_is_judged_by_health_alone_and_little_traffic_is_not_enough() -> None:
    quiet = World().serving(OLD, load=0)
    began = quiet.clock.now()
    assert quiet.up(version(NEW)).did == "promoted"
    assert quiet.clock.now() - began < 12 * MINUTE
    some = World().serving(OLD, load=0.05)
    with pytest.raises(RolledBackError, match="not enough data"):
        some.up(version(NEW))


def test_figures_that_come_late_are_waited_for() -> None:
    world = World(lag=4 * MINUTE).serving(OLD)
    began = world.clock.now()
    world.up(version(NEW), policy(steps=(50,)))
    assert world.clock.now() - began >= 9 * MINUTE


def test_what_is_waited_for_is_said_once_a_state_with_its_end() -> None:
    """A step on a target whose figures are late takes minutes in which nothing else happens."""
    world = World(lag=4 * MINUTE).serving(OLD, load=0.1)
    world.up(version(NEW), policy(steps=(50,), bake=MINUTE, min_requests=20))
    said = [event.text for event in world.events if event.kind == "rollout.wait"]
    assert len(said) == 2
    assert said[0].startswith(
        "is watched at 50 % for 1m, and then for the target's figures (up to 4m late), until about "
    )
    assert said[1].startswith("not enough data yet: ")
    assert said[1].endswith("Z at the longest")


def test_without_a_lag_no_figures_are_waited_for() -> None:
    world = World().serving(OLD)
    world.up(version(NEW), policy(steps=(50,)))
    said = [event.text for event in world.events if event.kind == "rollout.wait"]
    assert len(said) == 1
    assert said[0].startswith("is watched at 50 % for 5m, until about ")


def test_client_errors_and_a_bad_old_version_do_not_stop_a_good_one() -> None:
    world = World().serving(OLD)
    world.behave(OLD, error_rate=0.5)
    assert world.up(version(NEW)).did == "promoted"


def test_ctrl_c_puts_the_traffic_back() -> None:
    world = World().serving(OLD)
    world.clock.when(7 * MINUTE, world.stop.ask)
    with pytest.raises(InterruptedByUser) as caught:
        world.up(version(NEW))
    assert caught.value.exit == 130
    assert world.stands() == {"seats": {"a": (OLD, 1, 1)}, "traffic": {"a": 100}, "native": False, "holds": []}
    world.stop.clear()
    assert world.up(version(NEW)).did == "promoted"


def test_size_alone_is_changed_in_place() -> None:
    world = World().serving(OLD, min=1, max=4)
    world.cloud.scale(NAME, "a", 3)
    since = len(world.cloud.writes)
    outcome = world.up(version(OLD, min=2, max=6))
    assert outcome.did == "adjusted"
    assert world.writes(since) == [("scale", "(2, 6, None)")]
    assert world.cloud.endpoints[NAME].seats["a"].now == 3
    assert world.up(version(OLD, min=2, max=6)).did == "unchanged"


def test_the_old_version_is_removed_by_the_next_up_after_keep() -> None:
    world = World().serving(OLD, NEW)
    assert world.up(version(NEW)).did == "unchanged"
    assert world.stands()["seats"] == {"a": (OLD, 1, 1), "b": (NEW, 1, 1)}
    world.clock.advance(61 * MINUTE)
    assert world.up(version(NEW)).did == "adjusted"
    assert world.stands()["seats"] == {"b": (NEW, 1, 1)}


def test_keep_zero_removes_it_at_once() -> None:
    world = World().serving(OLD)
    world.up(version(NEW), policy(keep=timedelta(0)))
    assert world.stands()["seats"] == {"b": (NEW, 1, 1)}


def test_rollback_is_one_change_of_traffic() -> None:
    world = World().serving(OLD, NEW)
    since = len(world.cloud.writes)
    outcome = world.back()
    assert (outcome.did, outcome.digest, outcome.previous, outcome.held) == ("rolled_back", OLD, NEW, NEW)
    assert world.writes(since) == [("traffic", "{'a': 100}")]
    assert holds.held(world.session(), NEW) is not None
    with pytest.raises(RefusedError) as caught:
        world.back()
    assert caught.value.code == "TW067"


def test_rollback_recreates_a_version_that_is_gone() -> None:
    world = World().serving(OLD, NEW)
    world.clock.advance(61 * MINUTE)
    world.up(version(NEW))
    outcome = world.back()
    assert (outcome.digest, outcome.previous) == (OLD, NEW)
    assert world.stands()["traffic"] == {"a": 100}


def test_rollback_without_a_version_before_is_refused() -> None:
    with pytest.raises(RefusedError, match="no version to go back to"):
        World().serving(OLD).back()
    with pytest.raises(RefusedError, match="nothing serves"):
        World().back()


def test_taking_down_and_coming_again() -> None:
    world = World().serving(OLD, NEW)
    assert world.down().did == "removed"
    assert world.cloud.endpoints == {}
    entries = len(ledger.of(world.session()).history())
    assert world.down().did == "absent"
    assert len(ledger.of(world.session()).history()) == entries
    assert world.up(version(NEW)).did == "created"
    with pytest.raises(RefusedError):
        world.back()


def test_the_probe_is_sent_before_traffic_and_decides(tmp_path: Path) -> None:
    body = tmp_path / "probe.json"
    body.write_text('{"instances": [[1]]}')
    world = World()
    world.up(version(OLD), policy(probe=str(body)))
    world.cloud.load(NAME, 20)
    world.behave(NEW, error_rate=1.0)
    since = len(world.cloud.writes)
    with pytest.raises(RolledBackError, match="probe was answered with status 500"):
        world.up(version(NEW), policy(probe=str(body)))
    assert traffic(world, since) == []
    with pytest.raises(SpecError, match=r"nothing\.json"):
        world.up(version(NEWER), policy(probe=str(tmp_path / "nothing.json")))


def test_a_refusal_of_the_provider_puts_back_and_holds_nothing() -> None:
    world = World().serving(OLD)
    world.cloud.faults.fail(1, "quota")
    with pytest.raises(ProviderError) as caught:
        world.up(version(NEW))
    assert caught.value.kind == "quota"
    assert world.stands() == {"seats": {"a": (OLD, 1, 1)}, "traffic": {"a": 100}, "native": False, "holds": []}
    assert world.up(version(NEW)).did == "promoted"


def test_throttling_and_lost_answers_are_survived() -> None:
    world = World()
    world.cloud.faults.throttle(5)
    for nth in (1, 2, 3, 5, 7):
        world.cloud.faults.lose(nth)
    world.serving(OLD)
    world.cloud.faults.throttle(4)
    assert world.up(version(NEW)).did == "promoted"
    assert [op for op, _ in world.writes()].count("create_version") == 2


@pytest.mark.parametrize("seed", range(12))
def test_a_faulty_store_and_cloud_at_random(seed: int) -> None:
    """Faults that pass are survived, with nothing made and nothing written down twice."""
    world = World().serving(OLD)
    chance = random.Random(seed)
    for nth in chance.sample(range(1, 12), 4):
        world.cloud.faults.lose(nth)
    world.cloud.faults.fail(chance.randint(1, 6))
    session = replace(world.session(), store=FaultyStore(world.store, seed))  # type: ignore[arg-type]
    world.cloud.faults.throttle(chance.randint(0, 3))
    with lease.hold(session) as held:
        outcome = rollout.roll_out(session, NAME, version(NEW), policy(), held)
    assert outcome.digest == NEW
    assert world.stands() == {
        "seats": {"a": (OLD, 1, 1), "b": (NEW, 1, 1)},
        "traffic": {"b": 100},
        "native": False,
        "holds": [],
    }
    assert [op for op, _ in world.writes()].count("create_version") == 2
    numbers = [(one.kind, one.share) for one in ledger.of(world.session()).history() if one.digest == NEW]
    assert numbers == [("start", None), ("step", 10), ("step", 50), ("promote", 100), ("done", None)]


def test_another_version_supersedes_one_under_way() -> None:
    world = World().serving(OLD)
    with pytest.raises(Killed):
        world.up(version(NEW), observer=Killer(8))
    world.clock.advance(lease.LENGTH * 2)
    outcome = world.up(version(NEWER))
    assert (outcome.digest, outcome.previous) == (NEWER, OLD)
    assert world.stands()["holds"] == []


@pytest.mark.parametrize("after", range(4, 24, 4))
def test_resumed_with_another_size_it_ends_in_that_size(after: int) -> None:
    world = World().serving(OLD)
    with pytest.raises(Killed):
        world.up(version(NEW), observer=Killer(after))
    world.clock.advance(lease.LENGTH * 2)
    world.up(version(NEW, min=2, max=5))
    assert world.stands()["seats"] == {"a": (OLD, 1, 1), "b": (NEW, 2, 5)}
    assert world.up(version(NEW, min=2, max=5)).did == "unchanged"


def test_tags_are_changed_in_place_and_remembered() -> None:
    world = World()
    world.up(version(OLD), tags={"tradewind-project": NAME, "team": "growth"})
    assert world.cloud.endpoints[NAME].tags["team"] == "growth"
    world.up(version(NEW), tags={"tradewind-project": NAME, "team": "growth"})
    world.back()
    assert world.cloud.endpoints[NAME].tags["team"] == "growth"


def test_two_people_who_ask_for_the_same_change_nothing_but_once() -> None:
    """Who asked last is on the endpoint's tags, and no difference: the second `up` writes no record and says so."""
    tags = {"tradewind-project": NAME}
    world = World()
    world.up(version(OLD), tags={**tags, OWNER: "ada"})
    before = len(ledger.of(world.session()).history())
    assert world.up(version(OLD), tags={**tags, OWNER: "grace"}).did == "unchanged"
    assert len(ledger.of(world.session()).history()) == before


@pytest.mark.parametrize("kept", [True, False])
def test_who_failed_is_told_with_the_command_that_shows_its_log(monkeypatch: pytest.MonkeyPatch, kept: bool) -> None:
    """Where the target has the log still: some take it away with the version."""
    world = World().serving(OLD)
    world.behave(NEW, crashes=("no such column",))
    monkeypatch.setattr(acts.Acts, "has_log", lambda _acts, slot: kept and slot == "b")
    with pytest.raises(RolledBackError) as caught:
        world.up(version(NEW))
    assert ("`deploy endpoint logs --slot b`" in caught.value.hint) is kept
    assert "`deploy up --release-hold`" in caught.value.hint


def test_a_first_version_that_failed_leaves_its_log_where_the_target_keeps_it() -> None:
    world = World()
    world.behave(NEW, crashes=("no such column",))
    with pytest.raises(FailedError) as caught:
        world.up(version(NEW))
    assert caught.value.hint == "`deploy endpoint logs --slot a` shows what it wrote; correct it and deploy again"
