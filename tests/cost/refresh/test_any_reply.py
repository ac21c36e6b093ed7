"""Whatever stands where in a reply, a reader takes what is right and says what is not; it never breaks."""

from __future__ import annotations

import copy
import io
import json
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import ijson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tradewind.cost.refresh import aws, azure, gcp
from tradewind.cost.refresh.address import Address
from tradewind.cost.refresh.found import MOST, mapping, rows
from tradewind.errors import FailedError

SAMPLES = Path(__file__).parent / "samples"
ODD = st.one_of(
    st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([]), st.just({}), st.just([None]), st.just("NaN"),
    st.just("1e400"), st.just(-1), st.just({"a": []}), st.decimals(allow_nan=False, allow_infinity=False, places=2).map(float),
)  # fmt: skip


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_bytes())


def places(said: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    inner = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for key, value in inner:
        yield from places(value, (*path, key))


def put(said: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    changed = copy.deepcopy(said)
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return changed


def changed(name: str) -> st.SearchStrategy[Any]:
    said = sample(name)
    return st.builds(lambda path, value: put(said, path, value), st.sampled_from(sorted(places(said), key=str)), ODD)


THOROUGH = settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@THOROUGH
@given(changed("aws_sagemaker_offer_us-east-1.json"))
def test_offers_of_aws(said: Any) -> None:
    try:
        _, found, left = aws.parse(io.BytesIO(json.dumps(said).encode()), "us-east-1")
    except (FailedError, ijson.JSONError):
        return
    assert all(0 < Decimal(amount) <= MOST for _, _, amount in found)
    assert all(count > 0 for count in left.values())


@THOROUGH
@given(changed("azure_retail_prices.json"))
def test_pages_of_azure(said: Any) -> None:
    left: Counter[str] = Counter()
    try:
        body = mapping(json.loads(json.dumps(said), parse_float=Decimal), "the page")
        meters = list(azure._meters(rows(body.get("Items"), "items"), "eastus", "2026-11-25", left))
        azure._next(body.get("NextPageLink"), Address("http://127.0.0.1:1"))
        prices = list(azure._prices(meters, "eastus", Address("http://127.0.0.1:1"), "2026-11-25", left))
    except FailedError:
        return
    assert all(0 < price.amount <= MOST for price in prices)


@THOROUGH
@given(changed("gcp_billing_skus.json"))
def test_pages_of_google(said: Any) -> None:
    left: Counter[str] = Counter()
    try:
        body = mapping(json.loads(json.dumps(said), parse_float=Decimal), "the page")
        found = list(gcp._rows(rows(body.get("skus", []), "skus"), left))
    except FailedError:
        return
    assert all(0 < Decimal(amount) <= MOST for of, _, _, amount in found if of != "?")


@pytest.mark.parametrize("name", ["aws_sagemaker_offer_us-east-1.json"])
def test_an_offer_that_ends_anywhere_is_told(name: str) -> None:
    whole = (SAMPLES / name).read_bytes().rstrip()
    for end in range(0, len(whole), 37):
        with pytest.raises((FailedError, ijson.JSONError)):
            aws.parse(io.BytesIO(whole[:end]), "us-east-1")
