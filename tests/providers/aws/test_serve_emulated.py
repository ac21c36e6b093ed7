"""Rollouts on the emulated account under real requests: alarms that ring, an update nobody wants, a network that loses all."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.providers.aws.harness import Account
from tests.providers.aws.serving import ServingHarness
from tradewind.errors import ProviderError
from tradewind.providers.aws.native import NativeServer
from tradewind.providers.conformance.harness import Seats, digest, settle
from tradewind.values import Observed, Policy, Wanted

pytestmark = pytest.mark.slow
ONE, TWO = digest("emulated one"), digest("emulated two")
LONG = timedelta(hours=1)  # six seconds at the account's speed
POLICY = Policy("canary", (50,), LONG, LONG * 4, 0, timedelta(0), error_rate=0.5)
TAGS = {"tradewind-project": "emulated", "team": "Größe 日本 🚀"}


@pytest.fixture
def harness(account: Account, monkeypatch: pytest.MonkeyPatch) -> Iterator[ServingHarness]:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    made = ServingHarness(account)
    yield made
    account.fate.loses = False
    made.clean()


@pytest.fixture
def seats(harness: ServingHarness) -> Seats:
    return Seats(harness.name("endpoint"), TAGS)


def server(harness: ServingHarness) -> NativeServer:
    made = harness.connect().server()
    assert isinstance(made, NativeServer)
    return made


def wish(harness: ServingHarness, seats: Seats, who: str, quality: str = "good", **more: Any) -> Wanted:
    version = harness.version("a", who)
    return seats.want(replace(version, container=harness.box(QUALITY=quality), **more), a=100)


def roll(harness: ServingHarness, want: Wanted, policy: Policy = POLICY) -> Observed:
    return settle(harness, want, advance=lambda it: server(harness).advance_natively(it, policy))


@contextmanager
def pressed(harness: ServingHarness, name: str, at_once: int = 2) -> Iterator[list[int]]:
    """Requests without a pause; their statuses."""
    statuses: list[int] = []
    over, asked = threading.Event(), server(harness)

    def press() -> None:
        while not over.is_set():
            statuses.append(asked.invoke(name, *harness.request).status)

    threads = [threading.Thread(target=press) for _ in range(at_once)]
    for thread in threads:
        thread.start()
    yield statuses
    over.set()
    for thread in threads:
        thread.join(30)


@pytest.mark.parametrize("least", [0, 20])
def test_an_alarm_puts_a_bad_version_back(harness: ServingHarness, seats: Seats, least: int) -> None:
    settle(harness, wish(harness, seats, ONE))
    with pressed(harness, seats.name) as statuses:
        seen = roll(harness, wish(harness, seats, TWO, "errs"), replace(POLICY, min_requests=least))
    assert (seen.phase, [one.digest for one in seen.versions]) == ("rolled_back", [ONE])
    assert "alarm" in seen.reason.lower(), seen.reason
    assert 500 in statuses
    assert server(harness).invoke(seats.name, *harness.request).status == 200
    settle(harness, wish(harness, seats, ONE))
    assert alarms(harness) == []


def test_a_good_version_loses_no_request(harness: ServingHarness, seats: Seats) -> None:
    settle(harness, wish(harness, seats, ONE))
    with pressed(harness, seats.name) as statuses:
        assert roll(harness, wish(harness, seats, TWO), replace(POLICY, bake=LONG / 6)).phase == "settled"
    assert set(statuses) == {200}


def test_an_update_that_nobody_wants_is_put_back_at_once(harness: ServingHarness, seats: Seats) -> None:
    settle(harness, wish(harness, seats, ONE))
    sagemaker, long = harness.account.emulator.client("sagemaker"), replace(POLICY, bake=LONG, keep=LONG)
    while sagemaker.describe_endpoint(EndpointName=seats.name)["EndpointStatus"] != "Updating":
        server(harness).advance_natively(wish(harness, seats, TWO), long)
    began = time.monotonic()
    seen = settle(harness, wish(harness, seats, ONE), fresh=True)
    assert (seen.phase, [one.digest for one in seen.versions]) == ("settled", [ONE])
    assert time.monotonic() - began < 3 * 6, "it was waited for"
    assert alarms(harness) == []


def test_who_dies_at_the_start_says_its_last_words(harness: ServingHarness, seats: Seats) -> None:
    first = settle(harness, wish(harness, seats, ONE, "broken"))
    assert first.phase == "failed"
    assert "ping health check" in first.reason
    assert "ValueError: not a model" in first.reason, first.reason
    settle(harness, wish(harness, seats, TWO))
    back = roll(harness, wish(harness, seats, ONE, "broken"))
    assert back.phase == "rolled_back"
    assert "ValueError: not a model" in back.reason, back.reason


def test_an_autoscaler_grows_a_fleet_that_an_update_keeps(harness: ServingHarness, seats: Seats) -> None:
    scaled: dict[str, Any] = {"target": 1, "max": 3}

    def slow(who: str) -> Wanted:
        (one,) = wish(harness, seats, who, **scaled).versions
        return seats.want(replace(one, container=harness.box(QUALITY="good", SLOW="0.05")), a=100)

    settle(harness, slow(ONE))
    with pressed(harness, seats.name, 6) as statuses:
        deadline = time.monotonic() + harness.patience.total_seconds()
        while (seen := server(harness).observe(seats.name)) and seen.versions[0].now < 3:
            assert time.monotonic() < deadline, seen
            harness.pause()
        assert roll(harness, slow(TWO), replace(POLICY, bake=timedelta(0))).versions[0].now == 3
    assert set(statuses) == {200}


def test_every_answer_lost_from_the_first_call_to_the_last(harness: ServingHarness, seats: Seats) -> None:
    """As a kill behind each write: always another process, which knows nothing."""
    scaled = {"target": 4, "max": 2}
    losing(harness, lambda: server(harness).advance(wish(harness, seats, ONE, **scaled)))
    policy = replace(POLICY, bake=timedelta(0), p95=timedelta(seconds=30))
    seen = losing(harness, lambda: server(harness).advance_natively(wish(harness, seats, TWO, **scaled), policy))
    assert [one.digest for one in seen.versions] == [TWO]
    losing(harness, lambda: server(harness).advance(Wanted(seats.name, (), {})))
    assert left(harness) == []


def losing(harness: ServingHarness, call: Callable[[], Observed]) -> Observed:
    deadline, writes = time.monotonic() + harness.patience.total_seconds(), 0
    while True:
        harness.account.fate.loses = True
        try:
            if (seen := call()).phase != "moving":
                break
        except ProviderError as error:
            assert error.kind == "transient", error  # noqa: PT017 - the loop is the point
            writes += 1
        assert time.monotonic() < deadline, "does not converge"
        harness.pause()
    harness.account.fate.loses = False
    assert writes
    assert seen.phase == "settled"
    return seen


def alarms(harness: ServingHarness) -> list[str]:
    found = harness.account.emulator.client("cloudwatch").describe_alarms(AlarmNamePrefix="tradewind/")
    return [one["AlarmName"] for one in found["MetricAlarms"]]


def left(harness: ServingHarness) -> list[Any]:
    """Everything that serving makes, of any endpoint, asked for by a stranger."""
    client = harness.account.emulator.client
    sagemaker, scaling = client("sagemaker"), client("application-autoscaling")
    groups = client("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/Endpoints/")["logGroups"]
    return [
        *sagemaker.list_endpoints()["Endpoints"], *sagemaker.list_endpoint_configs()["EndpointConfigs"],
        *sagemaker.list_models()["Models"], *alarms(harness), *groups,
        *scaling.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"],
        *scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"],
    ]  # fmt: skip
