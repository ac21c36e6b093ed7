"""Scaling that acts: what the policies ask for, from alarms on the metrics, done through whoever has the fleets."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.monitoring.monitor import Monitor


@dataclass(frozen=True)
class FleetSight:
    """A variant's instances. `settled`: its endpoint is InService, and nothing changes on it."""

    region: str
    endpoint: str
    variant: str
    current: int
    desired: int
    settled: bool


class Fleets(Protocol):
    def variants(self) -> Sequence[FleetSight]: ...

    def resize(self, region: str, endpoint: str, variant: str, count: int) -> None:
        """Raises ServiceError where it cannot be done."""


class Scaler:
    def __init__(
        self, account: Account, knobs: Knobs, monitor: Monitor, fleets: Fleets, folder: Path | None = None
    ) -> None:
        self._account = account
        self._knobs = knobs
        self._monitor = monitor
        self._fleets = fleets
        self._folder = folder
        self._over = threading.Event()

    def start(self) -> None: ...

    def stop(self) -> None:
        self._over.set()
