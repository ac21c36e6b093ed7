"""The parts of the gateway that need no process."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from tradewind.host.gateway.meter import Meter
from tradewind.host.gateway.scaling import DOWN_AFTER, Scaler
from tradewind.host.gateway.shares import Percent, Shares


@given(st.integers(0, 100), st.integers(1, 3))
def test_any_hundred_picks_are_exact(share: int, rounds: int) -> None:
    shares = Shares()
    shares.set({"a": 100 - share, "b": share})
    picks = Counter(shares.pick({"a", "b"}) for _ in range(100 * rounds))
    assert picks["b"] == share * rounds
    assert picks["a"] == (100 - share) * rounds


def test_small_shares_come_evenly() -> None:
    shares = Shares()
    shares.set({"a": 90, "b": 10})
    picks = [shares.pick({"a", "b"}) for _ in range(20)]
    assert picks[:10].count("b") == 1
    assert picks[10:].count("b") == 1


def test_who_cannot_answer_gets_nothing() -> None:
    shares = Shares()
    shares.set({"a": 50, "b": 50, "c": 0})
    assert {shares.pick({"a"}) for _ in range(10)} == {"a"}
    assert shares.pick({"c"}) is None
    assert shares.pick(set()) is None
    assert Counter(shares.pick({"a", "b"}) for _ in range(100)) == {"a": 50, "b": 50}, "no debt is paid back in a burst"


def test_setting_the_same_shares_again_keeps_the_order() -> None:
    shares = Shares()
    seen = []
    for _ in range(100):
        shares.set({"a": 90, "b": 10})  # as each `advance` does
        seen.append(shares.pick({"a", "b"}))
    assert seen.count("b") == 10


def test_a_percent_is_exact() -> None:
    percent = Percent()
    assert sum(percent.hit(20) for _ in range(100)) == 20


def test_a_request_before_the_window_is_not_in_it_though_its_second_is() -> None:
    """An endpoint that was called a moment before a rollout's step had no traffic in that step."""
    meter = Meter()
    meter.count(10.05, 0.01, error=False)
    assert meter.figures(10.9, 0.1).requests == 0
    meter.count(10.85, 0.01, error=False)
    assert meter.figures(10.9, 0.1).requests == 2


def test_a_window_slides() -> None:
    meter = Meter()
    for second in range(100):
        meter.count(float(second), 0.1, error=second >= 90)
    assert meter.figures(99.5, 10).requests in (10, 11)
    assert meter.figures(99.5, 10).errors == 10
    assert meter.figures(99.5, 1000).requests == 100
    assert meter.figures(1000.0, 10) == meter.figures(2000.0, 10)
    assert meter.figures(1000.0, 10).p95 is None


def test_p95_is_within_three_percent() -> None:
    meter = Meter()
    for number in range(1, 101):
        meter.count(1.0, number / 100, error=False)
    p95 = meter.figures(1.0, 60).p95
    assert p95 is not None
    assert abs(p95 - 0.95) < 0.95 * 0.03


def test_the_meter_forgets_after_an_hour() -> None:
    meter = Meter()
    for second in range(0, 10_000, 10):
        meter.count(float(second), 0.01, error=False)
    assert len(meter._seconds) <= 3600 / 10 + 1


def test_up_at_once_and_down_slowly() -> None:
    scaler = Scaler(1, 4, target=8)
    now = 0.0
    while scaler.look(now, 32) < 4:
        now += 0.1
    assert now < 10
    for _ in range(int(DOWN_AFTER * 10) - 20):
        now += 0.1
        assert scaler.look(now, 0) == 4
    sizes = []
    for _ in range(int(4 * DOWN_AFTER * 10)):
        now += 0.1
        sizes.append(scaler.look(now, 0))
    assert sorted(set(sizes), reverse=True) == [4, 3, 2, 1], "one at a time, never below min"


def test_nothing_is_not_a_size() -> None:
    scaler = Scaler(0, 2, target=1, cooldown=0.0)
    assert [scaler.look(t / 10, 0) for t in range(50)] == [1] * 50


def test_no_target_no_scaling_and_new_bounds_hold() -> None:
    fixed = Scaler(2, 4, target=None)
    assert [fixed.look(t / 10, 100) for t in range(50)] == [2] * 50
    grown = Scaler(1, 4, target=1, cooldown=1000)
    for tick in range(100):
        grown.look(tick / 10, 3)
    assert grown.wanted == 3
    grown.bound(2, 4, 1, 1000)
    assert grown.wanted == 3, "a new min does not shrink what load has grown"
    grown.bound(1, 2, 1, 1000)
    assert grown.wanted == 2
