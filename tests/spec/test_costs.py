"""What deploy.yaml says of money: prices, the expected load and time, and what a budget is held against."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from tradewind.errors import SpecError
from tradewind.spec.loading import loads
from tradewind.spec.models import Spec

TEXT = """\
name: a
train: {command: "true", max_runtime: 2h, expected: 40m}
serve:
  model: ./model
  replicas: {min: 1, max: 4, target: {concurrency: 8}}
  usage: {requests_per_second: 0.1, request_time: 200ms, tokens_per_second: 900}
budget: {run: 20 USD, basis: expected}
prices: {discount: {sagemaker: 12%, gcp: 5.25%}, file: our.yaml}
environments:
  quiet: {serve: {usage: {duty: 30%}}, prices: {discount: {sagemaker: null}}}
"""


def spec(*sets: str, text: str = TEXT, environment: str | None = None) -> Spec:
    return loads(text, sets=sets, environ={}, environment=environment)


def wrong(*sets: str) -> str:
    with pytest.raises(SpecError) as caught:
        spec(*sets)
    return str(caught.value)


def test_what_is_said() -> None:
    made = spec()
    assert made.prices is not None
    assert made.prices.discount == {"aws": 0.12, "gcp": 0.0525}
    assert made.prices.file == "our.yaml"
    assert made.budget is not None
    assert made.budget.basis == "expected"
    assert made.train is not None
    assert made.train.expected == timedelta(minutes=40)
    assert made.serve is not None
    assert made.serve.usage is not None
    assert made.serve.usage.requests_per_second == (Decimal("0.1"),)
    assert made.serve.usage.tokens_per_second == 900
    assert made.serve.usage.request_time == timedelta(milliseconds=200)


def test_what_is_not_said() -> None:
    made = spec(text="name: a\ntrain: {command: x}\nserve: {}\nbudget: {month: 1 EUR}\n")
    assert made.prices is None
    assert made.budget is not None
    assert made.budget.basis == "highest"
    assert made.train is not None
    assert made.train.expected is None
    assert made.serve is not None
    assert made.serve.usage is None


def test_an_environment_may_know_another_load() -> None:
    made = spec(environment="quiet")
    assert made.serve is not None
    assert made.serve.usage is not None
    assert (made.serve.usage.duty, made.serve.usage.requests_per_second) == (0.3, ())
    assert made.serve.usage.request_time == timedelta(milliseconds=200)
    assert made.prices is not None
    assert made.prices.discount == {"gcp": 0.0525}


@pytest.mark.parametrize(
    ("value", "held"),
    [("3", (3,)), ("[2.5]", (Decimal("2.5"),)), (str([1] * 24), (1,) * 24), (str([0] * 168), (0,) * 168)],
)
def test_requests_a_second(value: str, held: tuple[Any, ...]) -> None:
    made = spec(f"serve.usage.requests_per_second={value}")
    assert made.serve is not None
    assert made.serve.usage is not None
    assert made.serve.usage.requests_per_second == held


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("serve.usage.requests_per_second=[1, 2]", "one for each hour of the day (24) or of the week (168)"),
        ("serve.usage.requests_per_second=-1", "must be a number from 0 to 10000000"),
        ("serve.usage.requests_per_second=many", "must be a number from 0 to 10000000"),
        ("serve.usage.requests_per_second=true", "must be a number from 0 to 10000000"),
        ("serve.usage={requests_per_second: 1, duty: 30%}", "is given together with `requests_per_second`"),
        ("serve.usage={duty: 30%, file: a.csv}", "is given together with `duty`"),
        ("serve.usage.request_time=null", "needs `request_time`"),
        ("serve.usage.duty=0.3", "did you mean '30%'?"),
        ("serve.usage.tokens_per_second=900/s", "must be a number from 0 to 10000000"),
        ("train.expected=3h", "must not be longer than `max_runtime`"),
        ("train.expected=0s", "must be longer than 0s"),
        ("budget.basis=worst", "must be highest or expected"),
        ("prices.discount.sagemaker=0.12", "did you mean '12%'?"),
        ("prices.discount.sagemaker=120%", "a percentage is written like"),
        ("prices.discount.azur=12%", "did you mean 'azure'?"),
        ("prices.discount.local=12%", "only aws, gcp and azure have list prices"),
        ("prices.discont.aws=12%", "did you mean 'discount'?"),
    ],
)
def test_what_is_wrong(said: str, problem: str) -> None:
    assert problem in wrong(said)


def test_a_provider_is_named_once() -> None:
    assert "twice" in wrong("prices.discount={aws: 12%, sagemaker: 13%}")
