"""A plan: actions, losses, refusals, cost."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tradewind.engine.results.base import Amount, CostLine, Document, MachineDoc, Part, Price, ReplicasDoc


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
    """What stands before, after, and at the peak while two versions stand: an hour of each, at the smallest size.

    Training is apart: `train` for an hour, `run` for the whole run. `month` is 730 hours of the endpoint from its smallest size
    to its largest, `month_before` of what stands now, `rollout` what two versions at once cost until the old one goes.
    """

    before: Price = Field(default_factory=Price)
    after: Price = Field(default_factory=Price)
    difference: Price = Field(default_factory=Price)
    """after - before."""
    peak: Price = Field(default_factory=Price)
    peak_replicas: int = 0
    train: Price | None = None
    run: Amount | None = None
    month: Amount | None = None
    month_before: Amount | None = None
    rollout: Amount | None = None
    thousand_requests: Amount | None = None
    """Where `serve.usage` says how many requests there are."""
    million_tokens: Amount | None = None
    """Where `serve.usage.tokens_per_second` is said: at full load, and as it is used."""
    lines: tuple[CostLine, ...] = ()
    left_out: tuple[str, ...] = ()
    """What no amount here holds."""


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


class AskedDoc(Part):
    """Of a rollout, what deploy.yaml asks for."""

    steps: tuple[int, ...] = ()
    bake_seconds: float = 0
    keep_seconds: float = 0


class RolloutDoc(Part):
    """What will be done. `asked`: what was asked for, where the target does otherwise; null where it does as asked."""

    strategy: Literal["canary", "linear", "blue_green", "all_at_once"]
    steps: tuple[int, ...] = ()
    bake_seconds: float = 0
    max_bake_seconds: float = 0
    min_requests: int = 0
    keep_seconds: float = 0
    native: bool = False
    asked: AskedDoc | None = None


class CheckDoc(Part):
    """What the target says beforehand, without changing anything: ok, will_fail (with the fix), cannot_tell (and why)."""

    name: str
    verdict: Literal["ok", "will_fail", "cannot_tell"]
    detail: str
    fix: str = ""


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
    checks: tuple[CheckDoc, ...] = ()
    """Of the target's own preflight; never in the way by themselves."""
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
