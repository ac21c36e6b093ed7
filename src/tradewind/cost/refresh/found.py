"""What a price API said, as far as it could be told what it means; and how far a reading has come."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal

from tradewind.cost.stored import Price
from tradewind.errors import FailedError
from tradewind.machines.instance import Service

Cloud = Literal["aws", "gcp", "azure"]
CLOUDS: tuple[Cloud, ...] = ("aws", "gcp", "azure")
SERVICES: Mapping[Cloud, Service] = {"aws": "sagemaker", "gcp": "vertex", "azure": "azureml"}
SHAPE = "TW622"
MOST = Decimal(100_000)  # US dollars an hour: nothing that is let by the hour costs as much
_REGION: Mapping[Cloud, re.Pattern[str]] = {
    "aws": re.compile(r"[a-z]{2}(-[a-z]+)+-\d"),
    "gcp": re.compile(r"[a-z]+-[a-z]+\d+"),
    "azure": re.compile(r"[a-z]+\d?[a-z]*"),
}


@dataclass(frozen=True)
class Step:
    """How far the reading of one cloud is: `text` is for people, the same for the same state."""

    cloud: Cloud
    text: str
    done: int = 0  # regions or lists that are read
    total: int = 0
    state: Literal["", "done", "failed", "skipped"] = ""  # how it ended


Report = Callable[[Step], None]


@dataclass(frozen=True)
class Found:
    """`left` says what was not taken and how often; only that which should have been understood, not other products.

    `regions` are those that were read, also where nothing was found in them.
    """

    prices: tuple[Price, ...]
    regions: tuple[str, ...]
    left: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def region_of(cloud: Cloud, name: str) -> bool:
    """Whether the name is spelled as this cloud spells regions."""
    return _REGION[cloud].fullmatch(name) is not None


def money(said: Any) -> Decimal | None:
    """A price as JSON has it; None for what is no finite number."""
    if isinstance(said, bool) or not isinstance(said, (str, int, Decimal)):
        return None
    try:
        amount = Decimal(said)
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def price(said: Any) -> Decimal | None:
    """More than 0 and not absurd; else None."""
    amount = money(said)
    return amount if amount is not None and 0 < amount <= MOST else None


def mapping(said: Any, what: str) -> Mapping[str, Any]:
    """Raises FailedError TW622 for anything but a JSON object."""
    if not isinstance(said, dict):
        raise unlike(f"{what} is no object")
    return said


def rows(said: Any, what: str) -> Sequence[Any]:
    """Raises FailedError TW622 for anything but a JSON array."""
    if not isinstance(said, list):
        raise unlike(f"{what} is no list")
    return said


def text(said: Mapping[str, Any], key: str) -> str:
    """The text there, "" for anything else."""
    found = said.get(key)
    return found if isinstance(found, str) else ""


def unlike(what: str) -> FailedError:
    return FailedError(f"the answer is not in the shape that it should have: {what}", code=SHAPE)
