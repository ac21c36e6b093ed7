"""One page of named things: filters first, then the order, then the page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Generic, Protocol, TypeVar

from tradewind.sandbox.aws.faults import invalid

PAGE = 10  # rows, unless asked otherwise


class Listed(Protocol):
    @property
    def name(self) -> str: ...

    @property
    def created(self) -> float: ...

    def summary(self) -> dict[str, Any]:
        """Its row."""


L = TypeVar("L", bound=Listed)
Test = Callable[[L, Any], bool]


@dataclass(frozen=True)
class Listing(Generic[L]):
    """A List operation: what its rows are called, the order that it has by itself, and what else it can sort and filter by."""

    rows: str
    order: str  # Ascending or Descending
    orders: Mapping[str, Callable[[L], float | str]] = field(default_factory=dict)
    tests: Mapping[str, Test[L]] = field(default_factory=dict)

    def page(self, items: Sequence[L], asked: Mapping[str, Any]) -> dict[str, Any]:
        """What is made between two calls shifts no row out of or into another page."""
        by = asked.get("SortBy", "CreationTime")
        order = {**_orders(), **self.orders}[by]
        backwards = asked.get("SortOrder", self.order) == "Descending"
        tests = [
            (test, asked[name]) for name, test in {**_tests(), **self.tests}.items() if asked.get(name) is not None
        ]
        found = [item for item in items if all(test(item, value) for test, value in tests)]
        found.sort(key=lambda item: (order(item), item.name), reverse=backwards)
        if asked.get("NextToken"):
            last = _opened(asked["NextToken"], by)
            found = [item for item in found if _after((order(item), item.name), last, backwards)]
        size = asked.get("MaxResults", PAGE)
        said: dict[str, Any] = {self.rows: [item.summary() for item in found[:size]]}
        if len(found) > size:
            item = found[size - 1]
            said["NextToken"] = _closed([by, order(item), item.name])
        return said


def _orders() -> Mapping[str, Callable[[Any], float | str]]:
    return {"Name": lambda item: str(item.name), "CreationTime": lambda item: float(item.created)}


def _tests() -> Mapping[str, Test[Any]]:
    return {
        "NameContains": lambda item, text: text in item.name,
        "CreationTimeAfter": lambda item, moment: item.created > epoch(moment),
        "CreationTimeBefore": lambda item, moment: item.created < epoch(moment),
    }


def epoch(moment: float | str) -> float:
    """Of a timestamp on the wire."""
    if isinstance(moment, (int, float)):
        return moment
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError as error:
        raise invalid(f"{moment} is not a timestamp") from error


def _after(key: tuple[Any, str], last: tuple[Any, str], backwards: bool) -> bool:
    return key < last if backwards else key > last


def _closed(said: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def _opened(token: str, sort: str) -> tuple[Any, str]:
    try:
        by, value, name = json.loads(base64.urlsafe_b64decode(token))
        if not isinstance(name, str) or isinstance(value, str) == (by == "CreationTime"):
            raise ValueError(token)
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid("Invalid NextToken") from error
    if by != sort:
        raise invalid("NextToken belongs to a request with another SortBy")
    return value, name
