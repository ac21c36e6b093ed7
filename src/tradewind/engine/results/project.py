"""The project as a whole: up, down, status, history, locks."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from tradewind.engine.results.base import Amount, Document, MachineDoc, Part, Price, ReplicasDoc
from tradewind.engine.results.endpoints import EndpointStatus
from tradewind.engine.results.jobs import JobDoc, TrainResult
from tradewind.engine.results.plans import Action, Change, LossDoc


class HoldDoc(Part):
    digest: str
    reason: str
    since: datetime | None = None
    by: str = ""


class LockOwner(Part):
    """Who holds the deployment lock, since when, and when the lease ends unless renewed."""

    owner: str
    since: datetime | None = None
    until: datetime | None = None
    expired: bool = False


class UpResult(Document):
    """What stands after `up`, and how to use it."""

    schema_: Literal["tradewind/up/1"] = Field(default="tradewind/up/1", alias="schema")
    project: str
    environment: str
    provider: str
    region: str = ""
    changed: bool
    endpoint: str = ""
    url: str | None = None
    version: str = ""
    previous: str = ""
    run: str = ""
    model: str | None = None
    machine: MachineDoc | None = None
    replicas: ReplicasDoc | None = None
    traffic: dict[str, int] = Field(default_factory=dict)
    rate: Price = Field(default_factory=Price)
    actions: tuple[Action, ...] = ()
    losses: tuple[LossDoc, ...] = ()
    train: TrainResult | None = None
    warnings: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
    """Three commands to try next."""


class Thing(Part):
    kind: str
    name: str


class DownResult(Document):
    schema_: Literal["tradewind/down/1"] = Field(default="tradewind/down/1", alias="schema")
    project: str
    environment: str
    provider: str
    changed: bool
    removed: tuple[Thing, ...] = ()
    kept: tuple[Thing, ...] = ()
    left: tuple[Thing, ...] = ()
    """What still carries our tags after all; empty when everything went well."""


class StatusResult(Document):
    schema_: Literal["tradewind/status/1"] = Field(default="tradewind/status/1", alias="schema")
    project: str
    environment: str
    provider: str
    region: str = ""
    foundation: str = ""
    endpoint: EndpointStatus | None = None
    jobs: tuple[JobDoc, ...] = ()
    holds: tuple[HoldDoc, ...] = ()
    lock: LockOwner | None = None
    rate: Price = Field(default_factory=Price)
    notes: tuple[str, ...] = ()


class HistoryEntry(Part):
    """One thing that happened. `what`: trained, rolled_out, adjusted, rolled_back, failed, held, released, took_down, ..."""

    id: str = ""
    time: datetime | None = None
    what: str
    outcome: Literal["done", "failed", "started", ""] = ""
    who: str = ""
    commit: str = ""
    run: str = ""
    version: str = ""
    model: str | None = None
    reason: str = ""
    rate: Price = Field(default_factory=Price)
    details: dict[str, str] = Field(default_factory=dict)


class History(Document):
    """Newest first. `unreadable` counts ledger objects that were skipped, each named in `notes`."""

    schema_: Literal["tradewind/history/1"] = Field(default="tradewind/history/1", alias="schema")
    project: str
    environment: str
    provider: str
    entries: tuple[HistoryEntry, ...] = ()
    holds: tuple[HoldDoc, ...] = ()
    unreadable: int = 0
    notes: tuple[str, ...] = ()


class SpendingRow(Part):
    """Machine hours and money of one group, from low (fewest replicas) to high (most)."""

    name: str
    hours_low: float
    hours_high: float
    amount: Amount


class Spending(Document):
    """What was spent, estimated from the list prices that were seen. `totals`: one a currency, with all that is unknown."""

    schema_: Literal["tradewind/spending/1"] = Field(default="tradewind/spending/1", alias="schema")
    project: str
    environment: str
    provider: str
    since: datetime | None = None
    until: datetime | None = None
    by: str
    label: str
    rows: tuple[SpendingRow, ...] = ()
    totals: tuple[Amount, ...] = ()
    notes: tuple[str, ...] = ()


class LockResult(Document):
    """deploy.lock after `deploy lock` or `deploy lock --upgrade`."""

    schema_: Literal["tradewind/lock/1"] = Field(default="tradewind/lock/1", alias="schema")
    path: str
    changed: bool
    changes: tuple[Change, ...] = ()


class UnlockResult(Document):
    schema_: Literal["tradewind/unlock/1"] = Field(default="tradewind/unlock/1", alias="schema")
    project: str
    environment: str
    changed: bool
    was: LockOwner | None = None
