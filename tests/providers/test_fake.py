"""The fake's own promises, on which the engine's tests stand: time, faults by number, metrics by shares."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.clock import START, FakeClock
from fakes.harness import FakeHarness
from fakes.provider import VersionBehaviour, Write

from tradewind.engine.clock import Stop
from tradewind.errors import ProviderError
from tradewind.providers.conformance.harness import Seats, settle

SECOND = timedelta(seconds=1)


def test_sleep_moves_time_and_nothing_waits() -> None:
    clock = FakeClock()
    clock.sleep(timedelta(hours=1))
    assert clock.now() == START + timedelta(hours=1)
    assert clock.slept == [timedelta(hours=1)]


def test_a_stop_on_the_way_ends_the_sleep_there() -> None:
    clock, stop = FakeClock(), Stop()
    clock.when(20 * SECOND, stop.ask)
    clock.sleep(60 * SECOND, stop)
    assert clock.now() == START + 20 * SECOND
    clock.sleep(60 * SECOND, stop)
    assert clock.now() == START + 20 * SECOND


@pytest.fixture
def harness() -> FakeHarness:
    return FakeHarness()


def test_the_nth_write_is_lost_or_fails(harness: FakeHarness) -> None:
    trainer = harness.connect().trainer()
    harness.cloud.faults.lose(2)
    harness.cloud.faults.fail(3, "quota")
    runs = [harness.run(f"job-{n}", f"sha256:{n}") for n in range(3)]
    trainer.ensure(runs[0])
    with pytest.raises(ProviderError) as lost:
        trainer.ensure(runs[1])
    with pytest.raises(ProviderError) as refused:
        trainer.ensure(runs[2])
    assert (lost.value.kind, refused.value.kind) == ("transient", "quota")
    assert set(trainer.status(["job-0", "job-1", "job-2"])) == {"job-0", "job-1"}
    assert [write.subject for write in harness.cloud.writes] == ["job-0", "job-1"]


class Killed(BaseException):
    pass


def test_a_kill_after_a_write_leaves_it_written(harness: FakeHarness) -> None:
    def kill(_: Write) -> None:
        raise Killed

    harness.cloud.on_write = kill
    with pytest.raises(Killed):
        harness.connect().trainer().ensure(harness.run("job", "sha256:1"))
    assert list(harness.connect().trainer().status(["job"])) == ["job"]


def test_metrics_follow_the_shares(harness: FakeHarness) -> None:
    seats = Seats("metered")
    old, new = harness.version("a", "sha256:1"), harness.version("b", "sha256:2")
    settle(harness, seats.want(old, a=100))
    settle(harness, seats.want(old, new, a=90, b=10))
    harness.cloud.version("sha256:2", VersionBehaviour(error_rate=0.5, p95=timedelta(seconds=2)))
    harness.cloud.load("metered", 10)
    harness.clock.sleep(100 * SECOND)
    found = harness.connect().server().metrics("metered", 100 * SECOND)
    assert (found["a"].requests, found["a"].errors) == (900, 0)
    assert (found["b"].requests, found["b"].errors, found["b"].p95) == (100, 50, timedelta(seconds=2))


def test_a_version_that_never_gets_ready_moves_for_ever(harness: FakeHarness) -> None:
    version = harness.version("a", "sha256:1")
    harness.cloud.version("sha256:1", VersionBehaviour(never_ready=True))
    server = harness.connect().server()
    for _ in range(50):
        assert server.advance(Seats("slow").want(version, a=100)).phase == "moving"
        harness.clock.sleep(timedelta(minutes=1))
