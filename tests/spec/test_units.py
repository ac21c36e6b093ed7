"""Units: what is written is what is meant, and back."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.spec import units


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90s", 90),
        ("5m", 300),
        ("2h", 7200),
        ("1d", 86_400),
        ("1h30m", 5400),
        ("500ms", 0.5),
        ("1.5h", 5400),
        ("0s", 0),
        ("1m1ms", 60.001),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert units.duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("90", "90s"),
        ("2 hours", "2h"),
        ("5 min", "5m"),
        ("30sec", "30s"),
        ("1 h 30 m", "1h30m"),
        ("1H", "1h"),
        ("soon", ""),
        ("", ""),
    ],
)
def test_a_wrong_duration_says_how_and_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(units.UnitError, match="written like 90s, 5m, 2h") as caught:
        units.duration(text)
    assert caught.value.suggestion == meant


@pytest.mark.parametrize("text", ["-5m", "30m1h", "5 m", "1e3s", "٣s", "s", "1w", "5m5", "99999999999d", "1hh"])
def test_no_durations(text: str) -> None:
    with pytest.raises(units.UnitError):
        units.duration(text)


def test_nothing_is_no_length_where_one_is_needed() -> None:
    with pytest.raises(units.UnitError, match="longer than 0s"):
        units.duration("0h0m", positive=True)


@given(st.integers(0, 10**12))
def test_durations_come_back(milliseconds: int) -> None:
    value = timedelta(milliseconds=milliseconds)
    assert units.duration(units.format_duration(value)) == value


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("6MB", 6_000_000),
        ("6MiB", 6 * 2**20),
        ("16GiB", 2**34),
        ("1.5GB", 1_500_000_000),
        ("1kB", 1000),
        ("1KB", 1000),
        ("3B", 3),
    ],
)
def test_sizes(text: str, size: int) -> None:
    assert units.size(text) == size
    assert units.size(text + "+", or_more=True) == size


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("16", "16GiB"),
        ("6mb", "6MB"),
        ("16gib", "16GiB"),
        ("16G", "16GiB"),
        ("16 GB", "16GB"),
        ("16Gi", "16GiB"),
        ("big", ""),
        ("0GiB", ""),
    ],
)
def test_a_wrong_size_says_how_and_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(units.UnitError, match="a size is written like 6MB") as caught:
        units.size(text)
    assert caught.value.suggestion == meant


def test_more_than_is_for_needs_alone() -> None:
    with pytest.raises(units.UnitError) as caught:
        units.size("16GiB+")
    assert caught.value.suggestion == "16GiB"


@given(st.integers(1, 2**50))
def test_sizes_come_back(size: int) -> None:
    assert units.size(units.format_size(size)) == size


@pytest.mark.parametrize(
    ("text", "share"), [("1%", 0.01), ("0.5%", 0.005), ("100%", 1.0), ("0%", 0.0), ("12.25%", 0.1225)]
)
def test_percents(text: str, share: float) -> None:
    assert units.percent(text) == share
    assert units.percent(units.format_percent(share)) == share


@pytest.mark.parametrize(
    ("text", "meant"), [("0.01", "1%"), ("70", "70%"), ("101%", ""), ("-1%", ""), ("1 %", "1%"), ("x", "")]
)
def test_a_wrong_percent_says_how_and_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(units.UnitError, match="a percentage is written like 1%") as caught:
        units.percent(text)
    assert caught.value.suggestion == meant


@given(st.integers(0, 1_000_000))
def test_percents_come_back(number: int) -> None:
    share = number / 1_000_000
    assert units.percent(units.format_percent(share)) == share


@pytest.mark.parametrize(
    ("text", "amount", "currency"),
    [("20 USD", "20", "USD"), ("12.50 EUR", "12.50", "EUR"), ("3USD", "3", "USD"), ("0 USD", "0", "USD")],
)
def test_money(text: str, amount: str, currency: str) -> None:
    assert units.money(text) == (Decimal(amount), currency)


@pytest.mark.parametrize(
    ("text", "meant"),
    [("20", "20 USD"), ("$20", "20 USD"), ("20 usd", "20 USD"), ("€ 5", "5 EUR"), ("-1 USD", "1 USD"), ("x", "")],
)
def test_wrong_money_says_how_and_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(units.UnitError, match="written like 20 USD") as caught:
        units.money(text)
    assert caught.value.suggestion == meant


@given(st.integers(0, 10**9), st.sampled_from(["USD", "EUR", "JPY"]))
def test_money_comes_back(cents: int, currency: str) -> None:
    amount = Decimal(cents) / 100
    assert units.money(units.format_money(amount, currency)) == (amount, currency)


@pytest.mark.parametrize(("text", "cpus"), [("4", 4), ("4+", 4), ("0.5", 0.5), ("0.25+", 0.25)])
def test_cpus(text: str, cpus: float) -> None:
    assert units.cpus(text) == cpus
    assert units.cpus(units.format_cpus(cpus)) == cpus


@pytest.mark.parametrize(("text", "meant"), [("500m", "0.5"), ("four", ""), ("4 cores", "4"), ("-1", ""), ("0", "")])
def test_wrong_cpus_say_how_and_what_was_meant(text: str, meant: str) -> None:
    with pytest.raises(units.UnitError, match="CPUs is written like") as caught:
        units.cpus(text)
    assert caught.value.suggestion == meant
