"""`local:`, what exists on this machine only."""

from __future__ import annotations

from typing import Annotated

from tradewind.spec.fields import whole
from tradewind.spec.models.base import Model


class Local(Model):
    """This machine."""

    port: Annotated[int, whole(1, 65535)] | None = None
    """Port of a new endpoint's URL on 127.0.0.1; unsaid, a free one is taken. It stays the same from then on."""
