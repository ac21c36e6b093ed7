"""Names, polling, shares and the verdict: small things that everything stands on."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from fakes.clock import START
from fakes.provider import FakeInfo
from fakes.statekit import OLD, World, policy, version
from hypothesis import given
from hypothesis import strategies as st

from tradewind.engine import names, poll
from tradewind.engine.session import Identity
from tradewind.engine.traffic import paid, scaled, shares
from tradewind.engine.verdict import Evidence, judge
from tradewind.errors import InterruptedByUser, ProviderError, SpecError, TimedOutError
from tradewind.values import Metrics, Seen, Traits

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)
AZURE = Traits(
    {"endpoint": r"[a-zA-Z][a-zA-Z0-9-]{1,30}[a-zA-Z0-9]", "job": r"[a-z][a-z0-9-]{0,40}"},
    False,
    max_name={"endpoint": 32, "job": 41},
)
TARGETS = [FakeInfo().traits, AZURE, Traits({}, True)]


def identity(project: str, environment: str = "default") -> Identity:
    return Identity(project, environment, "fake")


@given(
    project=st.text(min_size=1, max_size=80),
    environment=st.text(min_size=1, max_size=40),
    attempt=st.integers(1, 9999),
    traits=st.sampled_from(TARGETS),
)
def test_names_fit_every_target_and_are_stable(project: str, environment: str, attempt: int, traits: Traits) -> None:
    who = identity(project, environment)
    for kind, name in (
        ("endpoint", names.endpoint_name(who, traits)),
        ("job", names.job_name(who, OLD, attempt, traits)),
    ):
        assert re.fullmatch(traits.names.get(kind, ".*"), name)
        assert len(name) <= traits.max_name.get(kind, 63)
    assert names.endpoint_name(who, traits) == names.endpoint_name(who, traits)


@given(st.lists(st.tuples(st.text("ab-_A", min_size=1, max_size=40), st.text("ab-", min_size=1)), unique=True))
def test_no_two_identities_share_a_name(pairs: list[tuple[str, str]]) -> None:
    made = [names.endpoint_name(identity(*pair), AZURE) for pair in pairs]
    assert len(set(made)) == len(pairs)


def test_names_that_people_can_read() -> None:
    traits = FakeInfo().traits
    assert names.endpoint_name(identity("churn"), traits) == "churn"
    assert names.endpoint_name(identity("churn", "prod"), traits) == "churn--prod"
    assert names.job_name(identity("churn"), OLD, 2, traits) == "churn-aaaaaaaaaa-2"
    with pytest.raises(SpecError) as caught:
        names.endpoint_name(identity("churn"), Traits({"endpoint": "[0-9]{3}"}, True))
    assert caught.value.code == "TW066"


def test_polling_looks_until_it_is_so_and_gives_up_at_the_deadline() -> None:
    world, looks = World(), iter(range(100))
    assert poll.until(world.session(), lambda: next(looks), lambda n: n == 5, what="five") == 5
    with pytest.raises(TimedOutError) as caught:
        poll.until(world.session(), lambda: 0, bool, what="never", deadline=world.clock.now() + MINUTE)
    assert caught.value.code == "TW513"
    assert MINUTE <= world.clock.now() - START < 2 * MINUTE


def test_only_passing_faults_are_tried_again_and_retry_after_is_kept() -> None:
    world = World()
    world.cloud.faults.throttle(2)
    world.cloud.faults.retry_after = timedelta(seconds=30)
    assert poll.retry(world.session(), lambda: world.session().provider.server().observe("churn")) is None
    assert all(slept >= timedelta(seconds=30) for slept in world.clock.slept)
    tried = []

    def denied() -> None:
        tried.append(1)
        raise ProviderError("permission", "no", during="look", code="TW102")

    with pytest.raises(ProviderError):
        poll.retry(world.session(), denied)
    assert len(tried) == 1
    world.cloud.faults.throttle(100)
    with pytest.raises(ProviderError) as caught:
        poll.retry(world.session(), lambda: world.session().provider.server().observe("churn"))
    assert caught.value.kind == "throttled"


def test_a_stop_ends_waiting_at_once() -> None:
    world = World()
    world.clock.when(3 * SECOND, world.stop.ask)
    with pytest.raises(InterruptedByUser):
        poll.until(world.session(), lambda: 0, bool, what="never")
    assert world.clock.now() - START == 3 * SECOND


def test_sizes_and_shares() -> None:
    assert [scaled(version(OLD, max=9), 7, share).min for share in (0, 1, 10, 50, 100)] == [1, 1, 1, 4, 7]
    assert scaled(version(OLD, min=2, max=3), 7, 100).min == 3
    assert shares(policy(steps=(50, 10, 10, 100, 0))) == (10, 50, 100)
    assert shares(policy(strategy="linear", steps=(10, 50))) == (33, 67, 100)


def figures(requests: int, errors: int = 0, p95: int = 40) -> Metrics:
    return Metrics(requests, errors, timedelta(milliseconds=p95) if requests else None, START)


BAKED, EARLY, LONG = 5 * MINUTE, MINUTE, 15 * MINUTE


@pytest.mark.parametrize(
    ("new", "old", "after", "expected", "why"),
    [
        (figures(100), figures(900), BAKED, "pass", "0 server errors in 100"),
        (figures(100), figures(900), EARLY, "wait", "baking"),
        (figures(100, 2), figures(900), BAKED, "fail", "above the limit"),
        (figures(100, 1), figures(900), BAKED, "pass", ""),
        (figures(100, 2), figures(900), EARLY, "wait", "baking"),
        (figures(100, 9), figures(900), EARLY, "fail", "above the limit"),
        (figures(8, 6), figures(90), EARLY, "fail", "6 of 8"),
        (figures(20), figures(200), BAKED, "wait", "not enough data"),
        (figures(20), figures(200), LONG, "fail", "not enough data within"),
        (figures(20), figures(0), LONG, "pass", "nobody called the old version"),
        (figures(0), figures(0), BAKED, "pass", "no traffic at all"),
        (None, None, BAKED, "pass", "no traffic at all"),
        (figures(0), figures(10), LONG, "fail", "not enough data"),
        (figures(100, 0, 600), figures(900), BAKED, "fail", "p95 600 ms is above the limit"),
        (figures(100, 0, 600), figures(900), EARLY, "fail", "p95"),
    ],
)
def test_the_verdict_with_limits(
    new: Metrics | None, old: Metrics | None, after: timedelta, expected: str, why: str
) -> None:
    how = policy(error_rate=0.01, p95=timedelta(milliseconds=500))
    verdict = judge(Evidence(new, old, after, after, ready=True), how)
    assert verdict.result == expected
    assert why in verdict.reason


@pytest.mark.parametrize(
    ("new", "old", "expected"),
    [
        (figures(100, 5), figures(900), "pass"),
        (figures(100, 6), figures(900), "fail"),
        (figures(100, 10), figures(900, 90), "pass"),
        (figures(100, 0, 1000), figures(900), "pass"),
        (figures(100, 0, 1100), figures(900), "fail"),
    ],
)
def test_the_verdict_against_the_old_version(new: Metrics, old: Metrics, expected: str) -> None:
    assert judge(Evidence(new, old, BAKED, BAKED, ready=True), policy()).result == expected


def test_a_version_that_stopped_answering_is_waited_for_and_then_fails() -> None:
    good = figures(100)
    assert judge(Evidence(good, good, BAKED, BAKED, ready=False), policy()).result == "wait"
    assert judge(Evidence(good, good, LONG, LONG, ready=False), policy()).result == "fail"


@pytest.mark.parametrize(("minimum", "now", "count"), [(1, 0, 1), (2, 1, 2), (1, 3, 3), (0, 0, 0)])
def test_a_replica_that_starts_is_paid_for(minimum: int, now: int, count: int) -> None:
    seen = Seen("a", "sha256:1", False, False, minimum, 4, now, "starting")
    assert paid(seen) == count
