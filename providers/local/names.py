"""Names that this target takes, the same for jobs and endpoints: the strictest of the three clouds."""

from __future__ import annotations

import re
from typing import Literal

from tradewind.host.errors import HostError
from tradewind.values import Traits

LONGEST = 63
PATTERN = rf"[a-z0-9]([a-z0-9-]{{0,{LONGEST - 2}}}[a-z0-9])?"
TRAITS = Traits(
    names={"job": PATTERN, "endpoint": PATTERN}, atomic_submit=True, max_name={"job": LONGEST, "endpoint": LONGEST}
)


def check_name(kind: Literal["job", "endpoint"], name: str) -> None:
    """Raises what `deploy` shows; the engine's own names always pass."""
    if re.fullmatch(TRAITS.names[kind], name) is None:
        raise HostError(
            "invalid",
            f"{name!r} cannot be the name of a {kind}",
            code="TW613",
            hint=f"names match {TRAITS.names[kind]}",
        )
