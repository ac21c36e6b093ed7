"""The documents that commands answer with: frozen models whose JSON is the machine's contract.

Every document carries `schema` ("tradewind/<noun>/1"). Durations are seconds, times are ISO 8601 in UTC, money is a `Price`.
Fields are only ever added within one schema version.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A piece of a document: has no schema of its own."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, validate_by_name=True, validate_by_alias=True
    )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, keys as documented (`schema`, not `schema_`)."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self, *, indent: int | None = None) -> str:
        return self.model_dump_json(by_alias=True, indent=indent)


class Document(Part):
    """A whole answer. Each subclass narrows `schema_` to its own name."""

    schema_: str = Field(alias="schema")


# ---- pieces shared by several documents


class Price(Part):
    """Money an hour. `amount` null is unknown, never 0; 0 is truly free. `text` is how people write it."""

    amount: float | None = None
    currency: str = "USD"
    derived: bool = False
    source: str = ""
    date: str = ""
    text: str = "unknown"


class MachineDoc(Part):
    id: str
    cpus: float
    memory_gib: float
    gpu: str | None = None
    gpus: int = 0


class ReplicasDoc(Part):
    """`now` is null where nobody could look."""

    min: int
    max: int
    now: int | None = None
    target: int | None = None


class LossDoc(Part):
    """What this target cannot honour. `accepted`: the spec or a flag agreed. `fatal` cannot be accepted."""

    path: str
    reason: str
    instead: str = ""
    fatal: bool = False
    accepted: bool = False


class Refusal(Part):
    """What `up` would refuse, and the flag or edit that allows it ("" where nothing does but a change of the cause)."""

    code: str
    message: str
    path: str = ""
    allow: str = ""


class Change(Part):
    """One differing value: path into deploy.yaml (or "model", "code"), before and after as people read them."""

    path: str
    before: str
    after: str


class Cost(Part):
    """An hour of what stands before, after, and at the peak while two versions stand. Training is apart: per run-hour."""

    before: Price = Field(default_factory=Price)
    after: Price = Field(default_factory=Price)
    peak: Price = Field(default_factory=Price)
    peak_replicas: int = 0
    train: Price | None = None


ActionKind = Literal["create", "train", "reuse", "roll_out", "adjust", "replace", "delete", "nothing"]


class Action(Part):
    """One thing that `up` will do (or, for `reuse` and `nothing`, will not need to do).

    `how`: "in place" changes what stands; "replace" means that the old one goes; "" where neither applies.
    """

    kind: ActionKind
    subject: Literal["run", "endpoint", "version", "job"]
    name: str
    how: Literal["", "in place", "replace"] = ""
    reasons: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    before: Price | None = None
    after: Price | None = None


class RolloutDoc(Part):
    strategy: Literal["canary", "linear", "blue_green", "all_at_once"]
    steps: tuple[int, ...] = ()
    bake_seconds: float = 0
    max_bake_seconds: float = 0
    min_requests: int = 0
    keep_seconds: float = 0
    native: bool = False


# ---- plan


class Plan(Document):
    """What `up` would do, why, and what stands in its way. Making it writes nothing; the same world gives the same plan."""

    schema_: Literal["tradewind/plan/1"] = Field(default="tradewind/plan/1", alias="schema")
    project: str
    environment: str
    provider: str
    title: str = ""
    region: str = ""
    looked: bool = True
    could_not_look: str = ""
    """Why nobody could look at what exists: not signed in, SDK absent. The plan then assumes nothing there."""
    changes: bool = False
    """True where `up` would change something."""
    actions: tuple[Action, ...] = ()
    losses: tuple[LossDoc, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    """Each makes `up` exit 2 until its `allow` is given."""
    blockers: tuple[Refusal, ...] = ()
    """Nothing that fits, data on another cloud, ...: no flag helps, `up` exits 2."""
    over_budget: tuple[str, ...] = ()
    """Each makes `up` exit 4."""
    notes: tuple[str, ...] = ()
    endpoint: str = ""
    run: str = ""
    """Digest of the training run; "" without one."""
    version: str = ""
    """Digest of the version to serve; "" where it cannot be known before training."""
    machine: MachineDoc | None = None
    """Of serving, else of training."""
    train_machine: MachineDoc | None = None
    replicas: ReplicasDoc | None = None
    rollout: RolloutDoc | None = None
    cost: Cost = Field(default_factory=Cost)
    needs_replace: bool = False
    """Some action replaces: `up` wants --allow-replace."""
    needs_delete: bool = False


class Unplanned(Part):
    """A provider for which no plan could be made, and why."""

    provider: str
    title: str = ""
    code: str = ""
    reason: str
    hint: str = ""


class Plans(Document):
    """The same spec on every registered provider."""

    schema_: Literal["tradewind/plans/1"] = Field(default="tradewind/plans/1", alias="schema")
    project: str
    environment: str
    plans: tuple[Plan, ...] = ()
    unplanned: tuple[Unplanned, ...] = ()


# ---- jobs


class JobDoc(Part):
    """One attempt of a training run. `state`: queued starting running stopping succeeded failed stopped, or missing."""

    name: str
    run: str = ""
    attempt: int = 1
    state: str
    word: str = ""
    reason: str = ""
    model: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    billed_seconds: float | None = None
    owner: str = ""


class TrainResult(Document):
    """`reused`: the same digest had succeeded before, so nothing ran."""

    schema_: Literal["tradewind/train/1"] = Field(default="tradewind/train/1", alias="schema")
    project: str
    environment: str
    provider: str
    region: str = ""
    run: str
    reused: bool = False
    job: JobDoc
    model: str | None = None
    metrics: dict[str, float] = {}
    """The last value of each `tw.metric` line."""
    attempts: int = 1
    machine: MachineDoc | None = None
    rate: Price = Field(default_factory=Price)
    next: tuple[str, ...] = ()


class JobList(Document):
    schema_: Literal["tradewind/jobs/1"] = Field(default="tradewind/jobs/1", alias="schema")
    project: str
    environment: str
    provider: str
    jobs: tuple[JobDoc, ...] = ()


class StopResult(Document):
    schema_: Literal["tradewind/stop/1"] = Field(default="tradewind/stop/1", alias="schema")
    jobs: tuple[JobDoc, ...] = ()
    """Each as it was seen after the stop was asked for."""


class DownloadResult(Document):
    schema_: Literal["tradewind/download/1"] = Field(default="tradewind/download/1", alias="schema")
    run: str
    model: str
    path: str
    bytes: int
    files: int


class LogDoc(Document):
    """One line: the NDJSON of `logs --follow`."""

    schema_: Literal["tradewind/log/1"] = Field(default="tradewind/log/1", alias="schema")
    text: str
    source: str = ""
    time: datetime | None = None


class Logs(Document):
    """`cursor` continues in another process; `end` means nothing will follow."""

    schema_: Literal["tradewind/logs/1"] = Field(default="tradewind/logs/1", alias="schema")
    name: str
    lines: tuple[LogDoc, ...] = ()
    cursor: str = ""
    end: bool = False


# ---- endpoints


EndpointState = Literal["serving", "rolling_out", "starting", "failed", "stopped", "absent"]


class VersionDoc(Part):
    """A version in its seat. Figures are of the last five minutes; null where they are not known."""

    slot: str
    digest: str
    share: int = 0
    ready: bool = False
    failed: bool = False
    replicas: ReplicasDoc
    word: str = ""
    reason: str = ""
    requests: int | None = None
    errors: int | None = None
    p95_ms: float | None = None


class EndpointStatus(Document):
    """`state`: serving, rolling_out, starting, failed, stopped, absent."""

    schema_: Literal["tradewind/endpoint/1"] = Field(default="tradewind/endpoint/1", alias="schema")
    project: str
    environment: str
    provider: str
    region: str = ""
    name: str
    state: EndpointState
    url: str | None = None
    versions: tuple[VersionDoc, ...] = ()
    reason: str = ""
    rate: Price = Field(default_factory=Price)
    next: tuple[str, ...] = ()


class EndpointList(Document):
    schema_: Literal["tradewind/endpoints/1"] = Field(default="tradewind/endpoints/1", alias="schema")
    provider: str
    endpoints: tuple[EndpointStatus, ...] = ()


class InvokeResult(Document):
    """`body` is text; where the answer is not UTF-8 it is base64 and `encoding` says so."""

    schema_: Literal["tradewind/invoke/1"] = Field(default="tradewind/invoke/1", alias="schema")
    endpoint: str
    status: int
    version: str = ""
    slot: str | None = None
    milliseconds: float
    content_type: str
    encoding: Literal["utf-8", "base64"] = "utf-8"
    body: str


class Connect(Document):
    """Ready to paste: a curl line and a Python program that really call the endpoint."""

    schema_: Literal["tradewind/connect/1"] = Field(default="tradewind/connect/1", alias="schema")
    endpoint: str
    url: str
    curl: str
    python: str


class RollbackResult(Document):
    schema_: Literal["tradewind/rollback/1"] = Field(default="tradewind/rollback/1", alias="schema")
    endpoint: str
    changed: bool
    serves: str
    """Digest that takes the traffic now."""
    was: str = ""
    url: str | None = None
    held: str = ""
    """Digest that `up` will refuse until its hold is released."""


class GuardReport(Document):
    """What `endpoint guard` found and did: nothing, waited (the owner lives), reverted, finished, retired (`keep` is over)."""

    schema_: Literal["tradewind/guard/1"] = Field(default="tradewind/guard/1", alias="schema")
    endpoint: str
    did: str
    reason: str = ""
    changed: bool = False
    serves: str = ""


# ---- the project


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
    traffic: dict[str, int] = {}
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
    details: dict[str, str] = {}


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


# ---- streams and errors


class EventDoc(Document):
    """One event of `up`, `down`, `train run` under --output ndjson."""

    schema_: Literal["tradewind/event/1"] = Field(default="tradewind/event/1", alias="schema")
    time: datetime
    kind: str
    subject: str
    text: str
    data: dict[str, str | int | float | bool | None] = {}


class ProblemDoc(Part):
    path: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    value: str = ""
    suggestion: str = ""


class ErrorDoc(Document):
    """A failed command. `log` holds the last lines of what failed."""

    schema_: Literal["tradewind/error/1"] = Field(default="tradewind/error/1", alias="schema")
    code: str
    kind: str
    message: str
    hint: str = ""
    said: str = ""
    exit: int
    problems: tuple[ProblemDoc, ...] = ()
    log: tuple[str, ...] = ()
