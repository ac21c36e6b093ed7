"""Every error of the SDK becomes a ProviderError here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError, ProviderKind
from tradewind_tinycloud.sdk import TinyError

KINDS: dict[int, ProviderKind] = {
    400: "invalid",
    401: "credentials",
    403: "permission",
    404: "missing",
    409: "conflict",
    429: "throttled",
    503: "transient",
}


@contextmanager
def classified(during: str) -> Iterator[None]:
    """By the SDK's typed status, never by its words; the words are passed on as they are."""
    try:
        yield
    except TinyError as error:
        kind = KINDS.get(error.status, "failed")
        raise ProviderError(kind, error.text, during=during, code=GENERAL[kind]) from error


def refuse(said: str, during: str, kind: ProviderKind = "invalid") -> ProviderError:
    return ProviderError(kind, said, during=during, code=GENERAL[kind])
