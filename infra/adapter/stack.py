"""One stack and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from tradewind.infra.adapter.workspace import Place
from tradewind.infra.results import Lock, Outcome
from tradewind.values import Event


class Stop(Protocol):
    """`engine.clock.Stop` and threading.Event's likeness."""

    @property
    def asked(self) -> bool: ...


@dataclass(frozen=True)
class How:
    targets: tuple[str, ...] = ()  # URNs
    replace: tuple[str, ...] = ()  # URNs
    parallel: int | None = None
    refresh: bool = False
    message: str = ""
    wait: timedelta | None = None  # for another's lock; None: exit 9 at once


@dataclass(frozen=True)
class Import:
    """A resource that is there already: its type, its name in the program, and the cloud's id."""

    type: str
    name: str
    id: str
    parent: str = ""  # URN


class Ground:
    @classmethod
    def open(cls, place: Place, report: Callable[[Event], None] = lambda _e: None, stop: Stop | None = None) -> Ground:
        raise NotImplementedError

    def preview(self, how: How = How()) -> Outcome:
        raise NotImplementedError

    def up(self, how: How = How()) -> Outcome:
        raise NotImplementedError

    def refresh(self, how: How = How()) -> Outcome:
        raise NotImplementedError

    def drift(self) -> Outcome:
        raise NotImplementedError

    def destroy(self, how: How = How()) -> Outcome:
        raise NotImplementedError

    def outputs(self) -> Mapping[str, object]:
        raise NotImplementedError

    def secret_names(self) -> tuple[str, ...]:
        raise NotImplementedError

    def cancel(self) -> None:
        raise NotImplementedError

    def lock(self) -> Lock | None:
        raise NotImplementedError

    def import_(self, rows: Sequence[Import]) -> Outcome:
        raise NotImplementedError
