"""Frozen records by region and name, as their own types; a thin typed face of `Records`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from tradewind.sandbox.aws.records import Records


class Named(Protocol):
    @property
    def region(self) -> str: ...

    @property
    def name(self) -> str: ...

    def record(self) -> dict[str, Any]:
        """What JSON can hold."""


R = TypeVar("R", bound=Named)


class Shelf(Generic[R]):
    """Thread-safe; on disk before anybody hears of it."""

    def __init__(self, folder: Path | None, recalled: Callable[[Mapping[str, Any]], R]) -> None:
        self._records = Records(folder)
        self._recalled = recalled

    def add(self, one: R) -> R | None:
        """None: added. Else the one that has the name."""
        there: list[R] = []

        def added(now: Mapping[str, Any] | None) -> Mapping[str, Any]:
            if now is None:
                return one.record()
            there.append(self._recalled(now))
            return now

        self._records.change((one.region, one.name), added)
        return there[0] if there else None

    def get(self, region: str, name: str) -> R | None:
        said = self._records.get((region, name))
        return None if said is None else self._recalled(said)

    def all(self, region: str | None = None) -> list[R]:
        return [self._recalled(said) for _, said in self._records.all(*(() if region is None else (region,)))]

    def put(self, region: str, name: str, how: Callable[[R | None], R]) -> R:
        """The record as `how` makes it from what is there, if anything. What `how` raises leaves that as it is."""
        said = self._records.change(
            (region, name), lambda now: how(None if now is None else self._recalled(now)).record()
        )
        assert said is not None
        return self._recalled(said)

    def change(self, region: str, name: str, how: Callable[[R], R]) -> R | None:
        """The record as `how` makes it from what it is now; None where it is gone. What `how` raises leaves it as it is."""

        def changed(now: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            if now is None:
                return None
            before = self._recalled(now)
            after = how(before)
            return now if after == before else after.record()

        said = self._records.change((region, name), changed)
        return None if said is None else self._recalled(said)

    def remove(self, region: str, name: str) -> bool:
        """Was it there?"""
        return self._records.drop((region, name))
