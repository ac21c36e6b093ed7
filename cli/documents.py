"""The documents of verbs that never reach the engine, in the same shape as the engine's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from tradewind.engine.results import Document, Part


class ExplanationDoc(Part):
    code: str
    title: str
    meaning: str
    remedy: str


class Explanations(Document):
    """What error codes mean: the one that was named, or all."""

    schema_: Literal["tradewind/explanations/1"] = Field(default="tradewind/explanations/1", alias="schema")
    codes: tuple[ExplanationDoc, ...]


class InitResult(Document):
    """What `deploy init` wrote. Paths are relative to `path`."""

    schema_: Literal["tradewind/init/1"] = Field(default="tradewind/init/1", alias="schema")
    template: str
    name: str
    path: str
    files: tuple[str, ...]
    next: tuple[str, ...] = ()


class Finding(Part):
    """`verdict`: ok, bad (with the fix), or unknown (could not be told, why is in `detail`)."""

    name: str
    verdict: Literal["ok", "bad", "unknown"]
    detail: str
    fix: str = ""


class DoctorResult(Document):
    schema_: Literal["tradewind/doctor/1"] = Field(default="tradewind/doctor/1", alias="schema")
    ok: bool
    findings: tuple[Finding, ...]


class Capability(Part):
    """`can` is false where the provider loses it, with the provider's own reason."""

    name: str
    path: str
    can: bool
    reason: str = ""
    instead: str = ""
    fatal: bool = False


class ProviderDoc(Part):
    """`state`: ready, not installed (see `hint`), plans only or later (not in this version), broken (see `reason`)."""

    name: str
    title: str
    source: str
    state: Literal["ready", "not installed", "plans only", "later", "broken"]
    reason: str = ""
    hint: str = ""
    aliases: tuple[str, ...] = ()
    free: bool | None = None
    capabilities: tuple[Capability, ...] = ()


class ProviderList(Document):
    schema_: Literal["tradewind/providers/1"] = Field(default="tradewind/providers/1", alias="schema")
    providers: tuple[ProviderDoc, ...]
    problems: tuple[str, ...] = ()
    """Plug-ins that announce themselves and cannot be used."""


class ContractFinding(Part):
    """One rule of one cloud (`all`: of all together). `source` says where the rule is written."""

    cloud: str
    rule: str
    verdict: Literal["ok", "broken", "cannot_tell"]
    seen: str = ""
    fix: str = ""
    source: str = ""


class ContractResult(Document):
    """What `deploy endpoint check` saw. `ok` is false where a rule is broken."""

    schema_: Literal["tradewind/check/1"] = Field(default="tradewind/check/1", alias="schema")
    ok: bool
    command: tuple[str, ...]
    findings: tuple[ContractFinding, ...]


class SandboxResult(Document):
    """The emulated account of one cloud. `did`: looked, started, stopped, emptied, or nothing (it was so already).

    `url` stays the same between starts, "" where it never ran; `answers` is false for one that runs and is stuck.
    `account` counts what stands in it by region and kind, under "" what belongs to no region.
    `environment` and `unset` are the variables that lead boto3 and the aws command there.
    """

    schema_: Literal["tradewind/sandbox/1"] = Field(default="tradewind/sandbox/1", alias="schema")
    cloud: str
    did: Literal["looked", "started", "stopped", "emptied", "nothing"]
    running: bool
    answers: bool = False
    url: str = ""
    pid: int | None = None
    since: datetime | None = None
    speed: float | None = None
    version: str = ""
    folder: str
    log: str
    account: Mapping[str, Mapping[str, int]] = Field(default_factory=dict)
    environment: Mapping[str, str] = Field(default_factory=dict)
    unset: tuple[str, ...] = ()
    next: tuple[str, ...] = ()


class PriceChange(Part):
    """US dollars an hour, on demand."""

    region: str
    use: str
    instance: str
    before: float
    after: float


class RefreshedService(Part):
    """`state`: refreshed, looked (a dry run), skipped or failed, with `code`, `message` and `hint`; the old prices stay then.

    `prices` counts machines by region and use; `largest` are the changes that move a price furthest. `left` counts what was
    not taken, by reason. `doubts` say why a refresh was refused, or what --force took all the same.
    """

    provider: str
    service: str
    state: Literal["refreshed", "looked", "skipped", "failed"]
    regions: tuple[str, ...] = ()
    prices: int = 0
    same: int = 0
    new: int = 0
    risen: int = 0
    fallen: int = 0
    largest: tuple[PriceChange, ...] = ()
    left: Mapping[str, int] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    hint: str = ""
    file: str = ""


class RefreshResult(Document):
    """What `deploy cost refresh` read, and what became of it."""

    schema_: Literal["tradewind/refresh/1"] = Field(default="tradewind/refresh/1", alias="schema")
    date: str
    dry_run: bool
    services: tuple[RefreshedService, ...]
    next: tuple[str, ...] = ()


class InfraStep(Part):
    """One resource. `changed` are paths of properties, never values; `replaced_by` those that force a replacement."""

    op: Literal["same", "create", "update", "delete", "replace", "import", "read", "refresh", "other"]
    urn: str
    type: str
    name: str
    changed: tuple[str, ...] = ()
    replaced_by: tuple[str, ...] = ()
    protected: bool = False


class InfraTold(Part):
    """What Pulumi, the program or the cloud said; `urn` is "" for the whole."""

    severity: Literal["info", "warning", "error"]
    text: str
    urn: str = ""


class InfraResult(Document):
    """What `deploy infra` did, or would do. `cloud` is "" where a program of one's own decides.

    `changes` counts the steps that are or would be a change. `secrets` names the outputs that are hidden. `published` are the
    files that `deploy` reads the outputs from.
    """

    schema_: Literal["tradewind/infra/1"] = Field(default="tradewind/infra/1", alias="schema")
    did: Literal["previewed", "changed", "nothing", "refreshed", "compared", "destroyed", "imported"]
    stack: str
    cloud: str
    emulated: bool = False
    changes: int
    steps: tuple[InfraStep, ...] = ()
    told: tuple[InfraTold, ...] = ()
    seconds: float = 0.0
    outputs: Mapping[str, Any] = Field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    published: tuple[str, ...] = ()
    next: tuple[str, ...] = ()


class InfraOutputs(Document):
    """What a stack gives, without its secrets, which are named in `secrets`."""

    schema_: Literal["tradewind/infra-outputs/1"] = Field(default="tradewind/infra-outputs/1", alias="schema")
    stack: str
    outputs: Mapping[str, Any] = Field(default_factory=dict)
    secrets: tuple[str, ...] = ()
    next: tuple[str, ...] = ()


class InfraUnlock(Document):
    """`changed` is false where no lock was held. `by` is "" and `since` null where the backend does not tell."""

    schema_: Literal["tradewind/infra-unlock/1"] = Field(default="tradewind/infra-unlock/1", alias="schema")
    stack: str
    changed: bool
    by: str = ""
    since: datetime | None = None


class InfraInit(Document):
    """What `deploy infra init` wrote. Paths are relative to `path`."""

    schema_: Literal["tradewind/infra-init/1"] = Field(default="tradewind/infra-init/1", alias="schema")
    cloud: str
    name: str
    stack: str
    path: str
    files: tuple[str, ...]
    next: tuple[str, ...] = ()
