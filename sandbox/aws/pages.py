"""Answers in pages, for lists that keep their order."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from tradewind.sandbox.aws.faults import ServiceError, invalid

T = TypeVar("T")


def page(
    items: Sequence[T],
    said: Mapping[str, Any],
    *,
    size: int,
    most: str = "MaxResults",
    refused: ServiceError | None = None,
) -> tuple[Sequence[T], dict[str, str]]:
    """The items of the page that is asked for, and the token of the next one. Raises ServiceError for a strange token."""
    start = _opened(said["NextToken"], refused) if said.get("NextToken") else 0
    end = start + int(said.get(most) or size)
    return items[start:end], {"NextToken": _closed(end)} if end < len(items) else {}


def _closed(position: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([position]).encode()).decode()


def _opened(token: str, refused: ServiceError | None) -> int:
    try:
        (position,) = json.loads(base64.urlsafe_b64decode(token))
        if not isinstance(position, int) or position < 0:
            raise ValueError(token)
    except (ValueError, TypeError, binascii.Error) as error:
        raise refused or invalid("Invalid NextToken") from error
    return position
