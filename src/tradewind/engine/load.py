"""The load that an endpoint is expected to carry, from `serve.usage`."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tradewind.cost.profile import Usage
from tradewind.spec.models import Serve


def of(serve: Serve | None, root: Path) -> Usage | None:
    """None where nothing is said. `root` is the folder of deploy.yaml. SpecError for a file that is wrong."""
    said = serve.usage if serve else None
    if said is None:
        return None
    requests = said.requests_per_second
    if said.file is not None:
        from tradewind.cost.usage_file import read

        requests = read(root / said.file, said.file)
    return Usage(
        requests=requests,
        duty=None if said.duty is None else Decimal(repr(said.duty)),
        seconds=None if said.request_time is None else Decimal(repr(said.request_time.total_seconds())),
        tokens=said.tokens_per_second,
    )
