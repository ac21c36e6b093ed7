"""A server of prices, a home, and a way to refresh that waits for nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fakes.prices import Prices, serving

from tradewind.cost.refresh.address import Address
from tradewind.cost.refresh.found import CLOUDS, Step
from tradewind.cost.refresh.gcp import Key
from tradewind.cost.refresh.run import Outcome, Wish, refresh
from tradewind.cost.refresh.web import Limits, Web

NOW = datetime(2026, 11, 25, 3, 4, tzinfo=UTC)
QUICK = Limits(connect=2, silence=2, whole=5, tries=3, pause=0.001, longest_pause=1)
KEY = "AIza-a-secret-of-somebody"

Refresh = Callable[..., Outcome]


@pytest.fixture
def server() -> Iterator[Prices]:
    with serving() as prices:
        yield prices


@pytest.fixture
def home(guarded_environment: Path) -> Path:
    return guarded_environment


@pytest.fixture
def steps() -> list[Step]:
    return []


@pytest.fixture
def one(server: Prices, home: Path, steps: list[Step]) -> Refresh:
    """One cloud, refreshed from the server."""

    def run(cloud: str, *regions: str, now: datetime = NOW, limits: Limits = QUICK, **more: object) -> Outcome:
        addresses = {name: Address(server.url) for name in CLOUDS}
        wish = replace(Wish((cloud,), regions, addresses, Key(KEY)), **more)  # type: ignore[arg-type]
        (found,) = refresh(wish, home, now, steps.append, Web(limits))
        return found

    return run
