"""How old prices are: list prices change, and an old comparison may point at the wrong cloud."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Protocol

from tradewind.machines.instance import Service

STALE_AFTER = 60  # days
REFRESH = "deploy cost refresh"


class Dated(Protocol):
    """`cost.catalogue.Catalogue`, or a test's."""

    def dates(self) -> Mapping[Service, str]: ...


def age(catalogue: Dated, today: date) -> int:
    """Days since the newest source of the service whose prices are oldest; 0 for a date that is still to come."""
    return max((days(day, today) for day in catalogue.dates().values()), default=0)


def days(day: str, today: date) -> int:
    """`day` is YYYY-MM-DD. Raises ValueError for what is none."""
    return max(0, (today - date.fromisoformat(day)).days)


def stale(catalogue: Dated, today: date) -> tuple[Service, ...]:
    """The services whose prices are older than STALE_AFTER days."""
    return tuple(service for service, day in catalogue.dates().items() if days(day, today) > STALE_AFTER)
