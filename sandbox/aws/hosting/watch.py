"""A deployment's patience: bakes under the eyes of alarms, within the time that it has."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from tradewind.sandbox.aws.hosting.instance import Unfit
from tradewind.sandbox.aws.knobs import Knobs

LOOK = 0.1  # seconds between two looks at the alarms
LIMIT = 28800.0  # seconds, the longest that the API allows
T = TypeVar("T")
Said = Mapping[str, Any]


class Alarms(Protocol):
    """Which of these are in ALARM now, and which do not exist."""

    def firing(self, region: str, names: Sequence[str]) -> tuple[str, ...]: ...

    def missing(self, region: str, names: Sequence[str]) -> tuple[str, ...]: ...


class Tripped(Exception):
    """The deployment shall go back: with the text that the service puts into FailureReason."""


def names(deployment: Said) -> list[str]:
    alarms = (deployment.get("AutoRollbackConfiguration") or {}).get("Alarms") or ()
    return [alarm["AlarmName"] for alarm in alarms if alarm.get("AlarmName")]


def policy(deployment: Said) -> Said:
    found: Said = deployment.get("BlueGreenUpdatePolicy") or deployment.get("RollingUpdatePolicy") or {}
    return found


class Watch:
    """One deployment's. Every wait in it is cut short by its alarms and by its time. Raises Tripped."""

    def __init__(self, region: str, deployment: Said, alarms: Alarms, knobs: Knobs) -> None:
        self._region = region
        self._names = names(deployment)
        self._alarms = alarms
        self._knobs = knobs
        self._limit = float(policy(deployment).get("MaximumExecutionTimeoutInSeconds") or LIMIT)
        # What really takes time here - processes that start - is not scaled, so it is added.
        self._deadline = time.monotonic() + knobs.pace.scaled(self._limit) + knobs.pace.startup

    def look(self) -> None:
        if firing := self._alarms.firing(self._region, self._names):
            raise Tripped(
                f"The deployment was rolled back because the following alarms are in ALARM state: {', '.join(firing)}."
            )
        if time.monotonic() > self._deadline:
            raise Tripped(
                f"The deployment did not finish within {self._limit:.0f} seconds (MaximumExecutionTimeoutInSeconds) and was "
                "rolled back."
            )

    async def bake(self, seconds: float) -> None:
        """So long at speed 1; the alarms are asked at its end in any case."""
        until = time.monotonic() + self._knobs.pace.scaled(seconds)
        while True:
            self.look()
            left = until - time.monotonic()
            if left <= 0:
                return
            await asyncio.sleep(min(left, LOOK))

    async def through(self, work: Awaitable[T]) -> T:
        """Work that may take its time. An Unfit in it trips the deployment."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                await asyncio.wait((task,), timeout=LOOK)
                self.look()
            return task.result()
        except Unfit as error:
            raise Tripped(str(error)) from error
        finally:
            task.cancel()
