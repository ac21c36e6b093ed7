"""Refusals of SageMaker's that only mean "later": who looks again will see."""

from __future__ import annotations

import re

from tradewind.codes import GENERAL
from tradewind.errors import ProviderError

_BUSY = re.compile(r"in.progress|while .{0,80}(status|creating|updating)|status.{0,80}(creating|updating)", re.I | re.S)


def busy(error: ProviderError) -> bool:
    """ "Cannot update in-progress endpoint" and its like. An autoscaler may have begun to resize it since it was looked at."""
    return error.kind in ("invalid", "conflict") and _BUSY.search(error.said) is not None


def unseen(error: ProviderError) -> bool:
    """ "Could not find model" or "... endpoint configuration", of one that was there a moment ago: what was made may not be seen
    everywhere yet (CreateEndpoint's documentation says so), and what is gone will be made again."""
    return error.kind == "missing" and error.code == GENERAL["missing"] and "could not find" in error.said.lower()
