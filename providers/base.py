"""What a provider is: two halves, three small protocols, two optional abilities.

A provider translates. It never sleeps, polls, uploads, prints, prompts or decides policy. Every call looks, makes at most
one write, and returns at once; the same call submits, polls and resumes. Errors are `ProviderError` and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, Protocol, runtime_checkable

from pydantic import BaseModel

from tradewind.errors import SpecError
from tradewind.machines.instance import Instance, Service
from tradewind.values import (
    Foundation,
    Hardware,
    JobStatus,
    LogPage,
    Loss,
    Machine,
    Metrics,
    Observed,
    Policy,
    Reply,
    Run,
    Traits,
    Wanted,
)


class Info(Protocol):
    """The static half: no SDK, network or credentials. The offline plan, the schema and the docs' matrix come from it."""

    name: str
    title: str  # as people write it: "Amazon SageMaker"
    settings: type[BaseModel]  # the validated per-cloud block of deploy.yaml
    free: bool  # True: running here costs nothing (this machine), so a rate of 0 is the truth

    @property
    def traits(self) -> Traits: ...

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        """The ground that can be known without looking: a local state folder, or None where `foundation:` must say."""
        ...

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        """The machine that meets the need, or why there is none."""
        ...

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        """The image for a framework. "" where processes of this machine need none."""
        ...

    def losses(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
        """Everything in this workload that the target cannot honour."""
        ...

    def connect(self, settings: BaseModel | None, foundation: Foundation) -> Provider:
        """The connected half. Imports the SDK; raises `ProviderError` kind `credentials` where nobody is signed in."""
        ...


@runtime_checkable
class Priced(Protocol):
    """Optional, of the static half: a target whose machine types and prices are in the catalogue."""

    service: Service  # the catalogue's name of it
    home: str  # the region that is priced where neither the spec nor the SDK's own settings name one

    def region(self, settings: BaseModel | None) -> str | None:
        """As the settings or the environment of this process name it, read without the SDK."""
        ...

    def pinned(self, settings: BaseModel | None, use: Literal["train", "serve"]) -> str | None:
        """The machine type named in the escape block, as the catalogue calls it."""
        ...

    def choose(
        self,
        need: Hardware,
        settings: BaseModel | None,
        use: Literal["train", "serve"],
        offered: Sequence[Instance],
    ) -> Machine | Loss:
        """The machine named in the settings, else the first that meets the need of those `offered`, cheapest first."""
        ...


@runtime_checkable
class Clustered(Protocol):
    """Optional, of the static half: a target whose escape block can ask for other machines than `nodes` of one kind."""

    def cluster(self, run: Run) -> Sequence[tuple[str, int]]:
        """What is paid for: machine types, as the catalogue calls them, and how many of each."""
        ...

    def idle(self, run: Run) -> timedelta:
        """How long the machines are kept, and paid for, after the run."""
        ...


@runtime_checkable
class Cautious(Protocol):
    """Optional, of the static half: a target with machine types that are listed, but that not everybody can have."""

    def caution(self, machine: Machine, use: Literal["train", "serve"]) -> str:
        """What to know of a machine that is chosen for a need; "" where there is nothing."""
        ...


@runtime_checkable
class PlansOnly(Protocol):
    """Optional, of the static half: a target whose connected half is not in this version. `connect` raises `plans_only`."""

    def plans_only(self) -> SpecError:
        """What is told to whoever would connect; exit 2."""
        ...


@runtime_checkable
class Storing(Protocol):
    """Optional, of the static half: the one kind of object store that the target reads."""

    scheme: str  # "gs"


@runtime_checkable
class Grounded(Protocol):
    """Optional, of the static half: what a newcomer adds to deploy.yaml where nothing says what to stand on."""

    ground_hint: str  # whole lines, the keys as they are written


@dataclass(frozen=True)
class Snippets:
    """A shell command and a Python program that send request.json to an endpoint; `note` is for people."""

    curl: str
    python: str
    note: str = ""


@runtime_checkable
class Snippeted(Protocol):
    """Optional, of the static half: how an endpoint is called where a plain POST would not do (signed requests)."""

    def snippets(self, name: str, url: str, region: str) -> Snippets:
        """`url` as it was observed. Nothing secret is in the texts."""
        ...


class Provider(Protocol):
    def trainer(self) -> Trainer: ...

    def server(self) -> Server: ...

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        """(kind, name) of everything that carries these tags: for `down` and the sweep of orphans."""
        ...


class Trainer(Protocol):
    """Safe from many threads."""

    def ensure(self, run: Run) -> JobStatus:
        """Submit unless it is there. `conflict` where the name holds another digest."""
        ...

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        """By name; absent means not there."""
        ...

    def stop(self, name: str) -> None:
        """Ask to stop. Finished or unknown: no error."""
        ...

    def delete(self, name: str) -> None:
        """Remove the job's record, stopping it first. Unknown: no error. The model stays."""
        ...

    def logs(self, name: str, cursor: str | None) -> LogPage:
        """`missing` for an unknown job."""
        ...


class Server(Protocol):
    def observe(self, name: str) -> Observed | None:
        """One look; None where there is no such endpoint."""
        ...

    def advance(self, want: Wanted) -> Observed:
        """One step towards the wish: submit, poll and resume in one. Call until `settled`. versions=() takes it down."""
        ...

    def metrics(self, name: str, window: timedelta) -> Mapping[str, Metrics]:
        """By slot, over the last `window`."""
        ...

    def invoke(
        self, name: str, body: bytes, content_type: str, slot: str | None = None, accept: str | None = None
    ) -> Reply:
        """One request, never sent twice. `slot` addresses a version without traffic (the probe)."""
        ...

    def logs(self, name: str, slot: str, cursor: str | None) -> LogPage: ...


@runtime_checkable
class StreamingServer(Protocol):
    """Optional: answers arrive in pieces."""

    def stream(self, name: str, body: bytes, content_type: str, accept: str | None = None) -> Iterator[bytes]: ...


@runtime_checkable
class NativeRollout(Protocol):
    """Optional: guardrails that the cloud runs and that outlive the client (SageMaker)."""

    def native_losses(self, policy: Policy) -> Sequence[Loss]: ...

    def native_policy(self, policy: Policy) -> Policy:
        """The policy as it will be followed: the steps that are taken, how long each is watched, what is kept. Pure."""
        ...

    def advance_natively(self, want: Wanted, policy: Policy) -> Observed:
        """Same loop as `advance`; ends `settled` or `rolled_back`."""
        ...


@dataclass(frozen=True)
class Check:
    """One answer of the preflight: ok, will fail (with the fix), cannot tell (and why)."""

    name: str
    verdict: Literal["ok", "will_fail", "cannot_tell"]
    detail: str
    fix: str = ""


@runtime_checkable
class Preflight(Protocol):
    """Optional and read-only; never fatal by itself."""

    def preflight(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Check]: ...
