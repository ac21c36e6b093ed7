"""What every act of the engine works with: who we are, the target, the store, time, and where progress goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from tradewind.cost.book import Book
from tradewind.engine.clock import Clock, Stop, SystemClock
from tradewind.providers.base import Info, Provider
from tradewind.storage.base import Store
from tradewind.values import Event, Foundation

Report = Callable[[Event], None]


def _silent(_event: Event) -> None:
    return


OWNER = "tradewind-owner"  # the tag that says who made a thing; everything else of ours says whose it is


@dataclass(frozen=True)
class Identity:
    """Account or host is implied by the store; project and environment name everything made."""

    project: str
    environment: str  # "default" where none was said
    provider: str
    region: str = ""
    owner: str = ""
    labels: tuple[tuple[str, str], ...] = ()  # the spec's own tags, and the owner's

    @property
    def scope(self) -> Mapping[str, str]:
        """The tags that say whose a thing is: what to look for when taking everything down."""
        return {"tradewind-project": self.project, "tradewind-environment": self.environment}

    @property
    def tags(self) -> Mapping[str, str]:
        """Everything that is written on what we make."""
        return {**dict(self.labels), **self.scope}


@dataclass(frozen=True)
class Session:
    identity: Identity
    info: Info
    provider: Provider
    foundation: Foundation
    store: Store  # rooted at <foundation.root>/<project>/<environment>
    clock: Clock = field(default_factory=SystemClock)
    stop: Stop = field(default_factory=Stop)
    report: Report = _silent
    book: Book = field(default_factory=Book)
    settings: BaseModel | None = None  # the per-cloud block: stores opened later use its addresses and region too
    tries: int = 8  # of one call, before its throttling or transient fault is believed
