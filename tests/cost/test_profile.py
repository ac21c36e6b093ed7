"""Replicas hour by hour, from requests a second, a duty cycle, or nothing."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cost import usage_file
from tradewind.cost.profile import Scale, Usage, shape
from tradewind.cost.span import Span
from tradewind.errors import SpecError

DAY = tuple(map(Decimal, [0] * 6 + [4] * 6 + [40] * 6 + [400] * 6))
SECOND = Decimal("0.2")


def test_nothing_said_is_the_smallest_size() -> None:
    assert shape(Scale(2, 9, 8), None).replicas == Span(Decimal(2), Decimal(2), Decimal(9))


def test_a_duty_cycle_is_between_the_smallest_and_the_largest() -> None:
    found = shape(Scale(1, 5, 8), Usage(duty=Decimal("0.25")))
    assert found.replicas == Span(Decimal(1), Decimal(2), Decimal(5))
    assert found.busy == Decimal("0.625")  # five replicas for a quarter of the time, of two on average


def test_a_duty_cycle_uses_the_largest_size_in_full_and_the_smallest_not_at_all() -> None:
    assert shape(Scale(4, 4), Usage(duty=Decimal("0.3"))).busy == Decimal("0.3")
    half = shape(Scale(1, 20), Usage(duty=Decimal("0.5")))  # 10 replicas at work of 10.5 on average
    assert half.busy == Decimal(10) / Decimal("10.5")
    assert shape(Scale(1, 5), Usage(duty=Decimal(1))).busy == 1
    assert shape(Scale(0, 5), Usage(duty=Decimal(0))).busy is None


def test_a_day_of_requests_by_concurrency() -> None:
    # In flight = requests a second x 0.2 s: 0, 0.8, 8 and 80; by 8 a replica that is 0, 1, 1 and 10; from 1 to 6: 1, 1, 1, 6.
    found = shape(Scale(1, 6, concurrency=8), Usage(requests=DAY, seconds=SECOND))
    assert found.replicas == Span(Decimal(1), Decimal(9) / 4, Decimal(6))
    assert (found.short, found.parts) == (6, 24)
    # Of 400 requests a second six replicas carry 240: (0 + 4 + 40 + 240) / 4 on average.
    assert found.monthly == Decimal(71) * 3600 * 730
    assert found.busy == Decimal(71) * SECOND / (Decimal(9) / 4 * 8)


def test_a_day_of_requests_by_requests_a_second() -> None:
    found = shape(Scale(1, 50, per_second=Decimal(10)), Usage(requests=DAY))
    assert found.replicas.expected == Decimal(1 + 1 + 4 + 40) / 4
    assert found.busy == Decimal(111) / (Decimal(46) / 4 * 10)
    assert found.short == 0


def test_what_follows_something_else_cannot_be_computed_and_says_so() -> None:
    found = shape(Scale(1, 6), Usage(requests=DAY))
    assert found.replicas.expected == 1
    assert found.why
    assert found.monthly is not None


numbers = st.decimals(0, 10_000, places=2)
loads = st.builds(
    Usage,
    requests=st.lists(numbers, max_size=24).map(tuple),
    seconds=st.decimals("0.01", 60, places=2),
) | st.builds(Usage, duty=st.decimals(0, 1, places=2))
scales = st.builds(
    lambda least, more, by: Scale(least, least + more, **by),
    st.integers(0, 50),
    st.integers(0, 200),
    st.fixed_dictionaries({}, optional={"concurrency": st.integers(1, 64)})
    | st.fixed_dictionaries({"per_second": st.decimals("0.1", 1000, places=1)}),
)


@given(scales, loads)
def test_always_within_the_bounds(scale: Scale, usage: Usage) -> None:
    found = shape(scale, usage)
    assert (found.replicas.low, found.replicas.high) == (scale.least, scale.most)
    assert scale.least <= found.replicas.expected <= scale.most
    assert found.busy is None or 0 <= found.busy <= 1


@given(scales, loads, st.decimals(1, 10, places=1))
def test_more_requests_never_need_fewer_replicas(scale: Scale, usage: Usage, factor: Decimal) -> None:
    more = Usage(tuple(each * factor for each in usage.requests), usage.duty, usage.seconds)
    assert shape(scale, more).replicas.expected >= shape(scale, usage).replicas.expected


# ---- the file


def test_a_file_of_requests(tmp_path: Path) -> None:
    file = tmp_path / "load.csv"
    file.write_text("\ufeffhour, requests_per_second\n0, 1.5\n\n1, 20\n", encoding="utf-8")
    assert usage_file.read(file, "load.csv") == (Decimal("1.5"), Decimal(20))


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("hour,rps\n0,1\n", "load.csv:1:1", "has no column requests_per_second; the first line names hour, rps"),
        ("requests_per_second\n1\nmany\n-1\nNaN\n", "load.csv:3:1", "must be a number from 0 to"),
        ("hour,requests_per_second\n0\n", "load.csv:2:2", "must be a number"),
        ("requests_per_second\n", "load.csv", "holds no row"),
        ("", "load.csv", "holds no row"),
        ("requests_per_second\n" + "1" * 200_000, "load.csv:", "field larger than"),
        ("requests_per_second\n" + "1\n" * 10_081, "load.csv", "holds more than 10,080 rows"),
    ],
)
def test_what_is_wrong_in_it(text: str, place: str, said: str) -> None:
    with pytest.raises(SpecError) as caught:
        usage_file.reads(text, "load.csv")
    assert caught.value.code == "TW068"
    first = str(caught.value.problems[0])
    assert first.startswith(place)
    assert said in first
    if "many" in text:
        assert [problem.line for problem in caught.value.problems] == [3, 4, 5]


def test_a_file_that_is_not_there_too_large_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="is not there"):
        usage_file.read(tmp_path / "x.csv", "x.csv")
    with pytest.raises(SpecError, match="cannot be read"):
        usage_file.read(tmp_path, "x.csv")
    (tmp_path / "x.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(SpecError, match="not UTF-8"):
        usage_file.read(tmp_path / "x.csv", "x.csv")
    (tmp_path / "x.csv").write_bytes(b"1" * 1_000_001)
    with pytest.raises(SpecError, match="larger than"):
        usage_file.read(tmp_path / "x.csv", "x.csv")


@given(st.text(max_size=80) | st.lists(st.text("0123456789.,-e \"'\n", max_size=8), max_size=6).map("\n".join))
def test_no_text_is_a_traceback(text: str) -> None:
    for written in (text, f"requests_per_second\n{text}"):
        with suppress(SpecError):  # anything else is a traceback
            found = usage_file.reads(written, "load.csv")
            assert found
            assert all(number >= 0 for number in found)


def test_requests_that_no_replica_is_left_for_are_not_counted() -> None:
    """Otherwise a thousand of them would look cheaper the more are turned away."""
    asked = Usage(requests=(Decimal(120),), seconds=Decimal(1))
    full = shape(Scale(least=1, most=2, concurrency=5), asked)
    assert full.short == 1
    assert full.monthly == Decimal(10) * 3600 * 730
