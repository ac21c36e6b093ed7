"""What this user pays: own prices first, then the list less what was agreed; and nothing where nobody knows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from fakes.listed import Listed, book, quote
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cost.book import Book, opened
from tradewind.cost.discount import by_service, service_of
from tradewind.cost.own import OwnPrice, OwnPrices
from tradewind.machines.instance import Instance
from tradewind.spec.models.prices import Prices

SMALL = quote("small", "0.10", spot="0.04", spot_low="0.03", spot_high="0.09")
LARGE = quote("large", "1.00")
THERE = quote("small", "0.12", region="eu-west-1")
HERE = ("sagemaker", "serve", "us-east-1")


def own(*rows: OwnPrice) -> OwnPrices:
    return OwnPrices(rows, "our-prices.yaml", "2026-11-01")


def row(instance: str, amount: str, line: int = 1, **more: object) -> OwnPrice:
    return OwnPrice("sagemaker", instance, Decimal(amount), line=line, **more)  # type: ignore[arg-type]  # fields by name


def test_the_list_as_it_is() -> None:
    rate = book(SMALL).rate(*HERE, "small")
    assert (rate.amount, rate.currency, rate.source, rate.date, rate.derived) == (
        Decimal("0.10"), "USD", "a list", "2026-09-01", False,
    )  # fmt: skip


@pytest.mark.parametrize("asked", [("sagemaker", "train"), ("vertex", "serve")])
def test_what_nobody_knows_is_unknown_and_not_0(asked: tuple[str, str]) -> None:
    one = book(SMALL)
    assert one.rate(*asked, "us-east-1", "small").amount is None  # type: ignore[arg-type]
    assert one.rate(*HERE, "large").amount is None
    assert one.rate(*HERE[:2], "us-east-9", "small").amount is None
    assert one.quote(*HERE, "large") is None


def test_a_spot_price_is_the_market_s_and_unknown_where_nobody_lists_it() -> None:
    one = book(SMALL, LARGE, discounts={"sagemaker": Decimal("0.5")})
    assert one.rate(*HERE, "small", spot=True).amount == Decimal("0.04")
    assert one.rate(*HERE, "small", spot=True).source == "a market"
    assert one.rate(*HERE, "large", spot=True).amount is None


def test_a_discount_is_off_the_list_and_says_so() -> None:
    found = book(SMALL, discounts={"sagemaker": Decimal("0.12")}).quote(*HERE, "small")
    assert found is not None
    assert found.amount == Decimal("0.0880")
    assert found.rule == "list - 12% (prices.discount.aws)"
    assert found.rate.derived
    other = book(SMALL, discounts={"vertex": Decimal("0.12")}).quote(*HERE, "small")
    assert other == SMALL


@given(st.decimals(0, 1, places=4), st.decimals(0, 1, places=4))
def test_a_larger_discount_is_never_dearer(one: Decimal, other: Decimal) -> None:
    less, more = sorted((one, other))
    rate = {s: book(SMALL, discounts={"sagemaker": s}).rate(*HERE, "small").amount for s in (less, more)}
    assert rate[more] is not None
    assert rate[less] is not None
    assert rate[more] <= rate[less] <= SMALL.amount


def test_an_own_price_wins_and_no_discount_is_taken_off_it() -> None:
    one = book(SMALL, own=own(row("small", "0.07", 5)), discounts={"sagemaker": Decimal("0.12")})
    rate = one.rate(*HERE, "small")
    assert (rate.amount, rate.source, rate.date, rate.derived) == (
        Decimal("0.07"), "our-prices.yaml:5", "2026-11-01", False,
    )  # fmt: skip
    assert one.rate(*HERE, "small", spot=True).amount == Decimal("0.04")


def test_an_own_price_in_another_currency_has_no_spot_of_ours() -> None:
    one = book(SMALL, own=own(row("small", "0.07", currency="EUR")))
    assert one.rate(*HERE, "small").currency == "EUR"
    assert one.rate(*HERE, "small", spot=True).amount is None


def test_of_two_rows_the_one_that_says_more_wins() -> None:
    rows = own(
        row("small", "1", 1, region="us-east-1", use="serve"),
        row("small", "2", 2, region="us-east-1"),
        row("small", "3", 3),
        row("sm*", "4", 4, region="us-east-1", use="serve"),
        row("*", "5", 5),
    )
    one = book(SMALL, own=rows)
    assert one.rate(*HERE, "small").amount == 1
    assert one.rate("sagemaker", "train", "us-east-1", "small").amount == 2
    assert one.rate("sagemaker", "train", "eu-west-1", "small").amount == 3
    assert one.rate(*HERE, "smaller").amount == 4
    assert one.rate("sagemaker", "serve", "eu-west-1", "other").amount == 5
    assert one.rate("vertex", "serve", "us-east-1", "small").amount is None


def test_a_glob_of_regions() -> None:
    one = book(SMALL, THERE, own=own(row("small", "0.05", region="eu-*")))
    assert one.rate(*HERE, "small").amount == Decimal("0.10")
    assert one.rate("sagemaker", "serve", "eu-west-1", "small").amount == Decimal("0.05")


def test_what_is_offered_comes_in_the_order_of_what_is_paid() -> None:
    names = lambda one: [it.id for it in one.offers(*HERE)]  # noqa: E731
    assert names(book(SMALL, LARGE)) == ["small", "large"]
    assert names(book(SMALL, LARGE, own=own(row("large", "0.01")))) == ["large", "small"]
    # Only the user knows its price: it is offered where we know what it is.
    mine = own(row("mine", "0.05", region="us-east-1"), row("strange", "0.01"), row("x*", "0.01"))
    assert names(book(SMALL, own=mine, known=["mine"])) == ["mine", "small"]
    assert [q.instance for q in book(SMALL, own=mine).quotes(*HERE)] == ["strange", "mine", "small"]
    dollars_first = own(row("large", "0.01", currency="EUR"))
    assert names(book(SMALL, LARGE, own=dollars_first)) == ["small", "large"]


def test_an_own_price_offers_no_machine_for_a_use_that_it_is_not_taken_for() -> None:
    trains = Instance("sagemaker", "mine", 4, 16, uses=frozenset({"train"}))
    mine = own(row("mine", "0.05"))
    one = Book(mine, source=lambda: Listed((SMALL,)), facts=lambda service, name: trains)
    assert [it.id for it in one.offers(*HERE)] == ["small"]
    assert [it.id for it in one.offers("sagemaker", "train", "us-east-1")] == ["mine"]


def test_ties_are_broken_by_name() -> None:
    assert [q.instance for q in book(quote("b", "1"), quote("a", "1")).quotes(*HERE)] == ["a", "b"]


def test_the_regions_are_those_of_both() -> None:
    one = book(SMALL, own=own(row("small", "1", region="xx-1", use="train"), row("small", "1", region="eu-*")))
    assert one.regions("sagemaker") == ("us-east-1", "xx-1")
    assert one.regions("sagemaker", "serve") == ("us-east-1",)
    assert one.regions("vertex") == ()


def test_providers_and_their_services() -> None:
    assert [service_of(name) for name in ("aws", "sagemaker", "gcp", "vertexai", "azure", "local", "x")] == [
        "sagemaker", "sagemaker", "vertex", "vertex", "azureml", None, None,
    ]  # fmt: skip
    assert by_service({"aws": 0.12, "azureml": Decimal("0.3")}) == {
        "sagemaker": Decimal("0.12"), "azureml": Decimal("0.3"),
    }  # fmt: skip


def test_a_spec_without_prices_reads_no_file(tmp_path) -> None:
    assert opened(None, tmp_path).own.rows == ()
    said = Prices.model_validate({"discount": {"sagemaker": 0.12}})
    assert opened(said, tmp_path).discounts == {"sagemaker": Decimal("0.12")}
