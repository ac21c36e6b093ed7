"""Unknown is not 0, whatever it is added to or multiplied with, and a budget fails closed on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cost import budget, rates
from tradewind.cost.lines import Estimate, Line, estimate, known, unpriced
from tradewind.cost.span import Span
from tradewind.values import Rate

amounts = st.none() | st.decimals(0, 10**6, places=4)
some = st.builds(Rate, amounts, st.sampled_from(["USD", "EUR"]))


@given(some, some)
def test_a_sum_with_unknown_is_unknown(one: Rate, other: Rate) -> None:
    total = rates.plus(one, other)
    if one.amount is None or other.amount is None:
        assert total.amount is None
        assert rates.text(total) == "unknown"
    elif one.currency == other.currency:
        assert total.amount == one.amount + other.amount
    elif one.amount and other.amount:
        assert total.amount is None


@given(some, some)
def test_a_difference_undoes_a_sum(one: Rate, other: Rate) -> None:
    total = rates.plus(one, other)
    if total.amount is not None and one.currency == other.currency:
        assert rates.minus(total, other).amount == one.amount
    if one.amount is None or other.amount is None:
        assert rates.minus(one, other).amount is None


@given(some, st.integers(1, 100))
def test_times(rate: Rate, count: int) -> None:
    found = rates.times(rate, count)
    assert found.amount is None if rate.amount is None else found.amount == rate.amount * count


def test_none_of_them_cost_nothing_and_free_is_truly_0() -> None:
    assert rates.times(rates.UNKNOWN, 0).amount == 0
    assert rates.text(rates.FREE) == "0 (free on this machine)"
    assert rates.text(rates.UNKNOWN) == "unknown"


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("1.23456", "1.235"),
        ("63.296", "63.30"),
        ("101.007352", "101.01"),
        ("9066.5854", "9066.59"),
        ("123456789.1", "123456789.10"),
        ("0.7364", "0.7364"),
        ("0.0042", "0.0042"),
        ("0.0000212", "0.0000212"),
        ("0.00000000001", "0.00000000001"),
        ("1.2", "1.20"),
        ("20", "20.00"),
        ("0", "0.00"),
        ("-3.5", "-3.50"),
        ("9.9999", "10.00"),
    ],
)
def test_money_as_people_read_it(amount: str, said: str) -> None:
    assert rates.money(Decimal(amount)) == said


@given(st.decimals("0.0000001", 10**9))
def test_money_that_is_not_0_is_never_shown_as_0(amount: Decimal) -> None:
    assert Decimal(rates.money(amount)) > 0
    assert abs(Decimal(rates.money(amount)) - amount) <= max(amount / 1000, Decimal("0.005"))


def test_a_span_as_people_read_it() -> None:
    assert rates.span_text(Span.exactly(2), "USD") == "2.00 USD"
    assert rates.span_text(Span(Decimal(1), Decimal(1), Decimal(3)), "EUR") == "1.00 to 3.00 EUR"
    assert rates.span_text(Span(Decimal(1), Decimal(2), Decimal(3)), "EUR") == "1.00 to 3.00 EUR (2.00 expected)"


LIMIT = budget.Limit("budget.run", Decimal(20), "USD")
EXPECTED = budget.Limit("budget.run", Decimal(20), "USD", "expected")


def total(low: float, expected: float, high: float, currency: str = "USD") -> Estimate:
    return known(Span(Decimal(str(low)), Decimal(str(expected)), Decimal(str(high))), currency)


@pytest.mark.parametrize(
    ("limit", "made", "over"),
    [
        (LIMIT, total(20, 20, 20), ""),
        (LIMIT, total(1, 2, 20.01), "may cost 20.01 USD"),
        (EXPECTED, total(1, 20, 2000), ""),
        (EXPECTED, total(1, 20.01, 2000), "is expected to cost 20.01 USD"),
        (LIMIT, total(0, 0, 0, "EUR"), ""),
        (LIMIT, total(1, 1, 1, "EUR"), "the price here is in EUR"),
        (LIMIT, unpriced("no price of x is known"), "a price is unknown: no price of x is known"),
    ],
)
def test_an_estimate_against_a_budget(limit: budget.Limit, made: Estimate, over: str) -> None:
    said = budget.over(limit, made)
    assert (said is None) == (not over)
    assert said is None or ("budget.run allows 20.00 USD" in said and over in said)


def line(part: str, price: int | None, *, small: bool = False) -> Line:
    span = None if price is None else Span.exactly(price)
    return Line(part, part, "hour", Span.exactly(1), Rate(None), span, f"no price of {part}", small)  # type: ignore[arg-type]


def test_a_part_that_is_not_known_closes_a_budget_too_unless_it_is_small_or_accepted() -> None:
    asked = estimate([line("machines", 1), line("storage", None)])
    assert "no price of storage" in (budget.over(LIMIT, asked) or "")
    assert asked.total == Span.exactly(1)
    assert len(asked.unknown) == 1
    assert budget.over(LIMIT, asked, {"price"}) is None
    brought = estimate([line("machines", 1), line("storage", None, small=True)])
    assert budget.over(LIMIT, brought) is None
    assert len(brought.unknown) == 1
    dear = estimate([line("machines", 21), line("storage", None)])
    assert "may cost 21.00 USD" in (budget.over(LIMIT, dear, {"price"}) or "")


def test_a_part_in_another_currency_cannot_be_added_and_closes_a_budget() -> None:
    euros = replace(line("storage", 1), rate=Rate(Decimal(1), "EUR"))
    made = estimate([line("machines", 1), euros])
    assert made.total == Span.exactly(1)
    assert made.unknown == ("storage: it is priced in EUR, the machines in USD",)
    assert "it is priced in EUR" in (budget.over(LIMIT, made) or "")
    assert budget.over(LIMIT, made, {"price"}) is None


def test_machines_that_are_not_known_leave_no_total() -> None:
    made = estimate([line("machines", None), line("storage", 1)])
    assert made.total is None
    assert budget.over(LIMIT, made, {"price"}) is None


@given(st.decimals("0.01", 1000, places=2), st.decimals("0.01", 100, places=2), st.integers(1, 86_400))
def test_what_is_affordable_is_within_the_budget(amount: Decimal, rate: Decimal, seconds: int) -> None:
    longest, limit = timedelta(seconds=seconds), budget.Limit("budget.run", amount, "USD", "expected")
    cost = rate * seconds / 3600
    cut = budget.affordable(limit, known(Span.exactly(cost), "USD"), longest)
    assert (cut is None) == (cost <= amount)
    if cut is not None:
        assert rate * int(cut.total_seconds()) / 3600 <= amount
        assert rate * (int(cut.total_seconds()) + 1) / 3600 > amount * Decimal("0.999999")
