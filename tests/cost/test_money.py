"""Unknown is not 0, whatever it is added to or multiplied with, and a budget fails closed on it."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cost import budget, rates
from tradewind.values import Rate

amounts = st.none() | st.floats(0, 1e6)
some = st.builds(Rate, amounts, st.sampled_from(["USD", "EUR"]))


@given(some, some)
def test_a_sum_with_unknown_is_unknown(one: Rate, other: Rate) -> None:
    total = rates.plus(one, other)
    if one.amount is None or other.amount is None:
        assert total.amount is None
        assert rates.text(total) == "unknown"
    elif one.currency == other.currency:
        assert total.amount == pytest.approx(one.amount + other.amount)
    elif one.amount and other.amount:
        assert total.amount is None


@given(some, st.integers(1, 100))
def test_times(rate: Rate, count: int) -> None:
    found = rates.times(rate, count)
    assert found.amount is None if rate.amount is None else found.amount == pytest.approx(rate.amount * count)


def test_none_of_them_cost_nothing_and_free_is_truly_0() -> None:
    assert rates.times(rates.UNKNOWN, 0).amount == 0
    assert rates.of_machine(None, free=True).amount == 0
    assert rates.of_machine(None, free=False).amount is None
    assert rates.text(rates.FREE) == "0 (free on this machine)"
    assert rates.text(Rate(1.23456, "EUR")) == "1.235 EUR/h"


LIMIT = budget.Limit("budget.run", Decimal(20), "USD")


@pytest.mark.parametrize(
    ("rate", "hours", "over"),
    [
        (Rate(10.0), 2, False),
        (Rate(10.0), 2.01, True),
        (Rate(None), 0.1, True),
        (Rate(0.0), 1000, False),
        (Rate(1.0, "EUR"), 1, True),
    ],
)
def test_a_run_against_its_budget(rate: Rate, hours: float, over: bool) -> None:
    said = budget.over_run(LIMIT, rate, timedelta(hours=hours))
    assert (said is not None) == over
    assert said is None or "budget.run allows 20 USD" in said


def test_a_month_has_730_hours() -> None:
    limit = budget.Limit("budget.month", Decimal(730), "USD")
    assert budget.over_month(limit, Rate(1.0)) is None
    assert "may cost 803.00 USD" in (budget.over_month(limit, Rate(1.1)) or "")
