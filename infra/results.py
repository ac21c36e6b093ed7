"""What the adapter answers: frozen values, with nothing of Pulumi's own types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from tradewind.infra.checks import Resource

Op = Literal["same", "create", "update", "delete", "replace", "import", "read", "refresh", "other"]


@dataclass(frozen=True)
class Step:
    """One resource of a preview or an update. `changed` are property paths; no values, which could be secret."""

    op: Op
    urn: str
    type: str  # aws:s3/bucket:Bucket
    name: str
    changed: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()  # the properties that force a replacement
    protected: bool = False


@dataclass(frozen=True)
class Told:
    """A message of the engine or of the program about a resource ("" for the whole)."""

    severity: Literal["info", "warning", "error"]
    text: str
    urn: str = ""


@dataclass(frozen=True)
class Outcome:
    """Of preview, up, refresh, drift, destroy and import."""

    stack: str
    steps: tuple[Step, ...]
    told: tuple[Told, ...] = ()
    seconds: float = 0.0
    outputs: Mapping[str, object] = field(default_factory=dict)  # secrets left out
    secrets: tuple[str, ...] = ()  # names of the outputs that are
    resources: tuple[Resource, ...] = field(default=(), repr=False)  # what would be, for infra/checks.py

    @property
    def changes(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.op not in ("same", "read"))


@dataclass(frozen=True)
class Standing:
    """One resource as the state has it."""

    urn: str
    type: str
    name: str
    protected: bool = False  # Pulumi deletes it only after that was taken back
    keeps: bool = False  # a bucket that the cloud does not delete while it holds anything


@dataclass(frozen=True)
class Lock:
    """An update that is under way, or was when its process died. Empty where the backend does not tell."""

    by: str = ""  # user@host (pid 123)
    since: datetime | None = None
    said: str = ""  # Pulumi's own words
