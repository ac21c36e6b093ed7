"""Frozen values that cross the borders between spec, engine, providers and commands. No logic beyond trivial properties."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel


@dataclass(frozen=True)
class Loss:
    """What a target cannot honour: path into deploy.yaml, why, and what is done instead. `fatal` cannot be accepted."""

    path: str
    reason: str
    instead: str = ""
    fatal: bool = False


@dataclass(frozen=True)
class Hardware:
    """A need, as resolved from the spec: at least so many CPUs, so much memory, one of these GPUs."""

    cpus: float | None = None
    memory_gib: float | None = None
    disk_gib: float | None = None
    gpus: tuple[tuple[str, int], ...] = ()  # (GPU name, count), any of them will do
    gpu_memory_gib: float | None = None  # by need instead of by name, with gpu_count
    gpu_count: int = 0


@dataclass(frozen=True)
class Machine:
    """A machine type. `id` is the catalogue's key, opaque outside the provider; `local` has one, the host."""

    id: str
    cpus: float
    memory_gib: float
    gpu: str | None = None
    gpus: int = 0


@dataclass(frozen=True)
class Artifact:
    """An immutable object or folder in a store, uploaded by the engine. `digest` is `sha256:<hex>` of its content."""

    uri: str
    digest: str
    single: bool = False  # True: one object, where that is known; a folder otherwise


@dataclass(frozen=True)
class Container:
    """What runs, for training and serving alike."""

    image: str  # "" on a provider that runs processes: this machine's Python
    machine: Machine
    hardware: Hardware
    env: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict)  # variable name -> reference; never a value
    code: Artifact | None = None  # the user's files, one .tar.gz (engine.bundle)
    runtime: Artifact | None = None  # tradewind's own bootstrap and server, one .tar.gz; not part of any digest
    python: str | None = None  # "3.12", as asked for
    requirements: str | None = None  # path inside `code` of the requirements file
    index: str | None = None  # package index address, as asked for
    options: BaseModel | None = None  # the validated per-cloud block (`aws.train`, ...)


@dataclass(frozen=True)
class Run:
    """One attempt of a training job. `digest` says what it computes; `name` is unique to the attempt."""

    name: str
    digest: str
    container: Container
    command: tuple[str, ...]  # ("sh", "-c", "...") after parameters were filled in
    parameters: Mapping[str, str | int | float | bool]
    inputs: Mapping[str, Artifact]
    output: str  # URI of the folder that the model and outputs are written under: <output>/model, <output>/output
    checkpoint: str | None
    max_runtime: timedelta
    nodes: int = 1
    launcher: Literal["none", "torchrun", "mpi"] = "none"
    spot: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    streams: frozenset[str] = frozenset()  # names of inputs asked to be read as a stream, not copied first


JobState = Literal["queued", "starting", "running", "stopping", "succeeded", "failed", "stopped"]
JOB_DONE: frozenset[JobState] = frozenset({"succeeded", "failed", "stopped"})


@dataclass(frozen=True)
class JobStatus:
    """`word` is the cloud's own; `model` the URI of the model folder once succeeded; `billed` what is paid for, where known.

    `failure` is "timeout" where `max_runtime` ended the job, "preempted" where the cloud took the machine, "capacity" where
    it had none.
    """

    state: JobState
    word: str
    reason: str = ""
    model: str | None = None
    started: datetime | None = None
    ended: datetime | None = None
    billed: timedelta | None = None
    failure: Literal["", "timeout", "preempted", "capacity"] = ""
    digest: str = ""


@dataclass(frozen=True)
class LogLine:
    text: str
    source: str
    time: datetime | None = None


@dataclass(frozen=True)
class LogPage:
    """`cursor` is opaque and valid in another process; `end` means nothing will follow."""

    lines: tuple[LogLine, ...]
    cursor: str
    end: bool


@dataclass(frozen=True)
class Serving:
    """How a version answers: settings of the server in the container."""

    handler: str | None = None  # path inside `container.code` of the handler's file
    framework: str | None = None
    timeout: timedelta = timedelta(seconds=60)
    concurrency: int = 8
    max_body: int = 6 * 1024 * 1024  # bytes
    startup_timeout: timedelta = timedelta(minutes=10)


@dataclass(frozen=True)
class Version:
    """Who sits in a seat. `slot` is a stable seat ("a" or "b"); `digest` says who. min/max/target may change in place."""

    slot: str
    digest: str
    container: Container
    model: Artifact
    serving: Serving
    min: int = 1
    max: int = 1
    target: int | None = None  # wanted concurrency of one replica; None: no autoscaling by it
    scale_on: Mapping[str, float] = field(default_factory=dict)  # other targets: requests (a minute), cpu, gpu (0..1)
    cooldown: timedelta | None = None  # between two changes of size, as asked for


@dataclass(frozen=True)
class Wanted:
    """The whole endpoint, never a delta. versions=() means gone. Traffic is percent by slot and sums to 100 (or is empty).

    `keep_logs`, with versions=(): what they wrote stays readable, for they failed; until the same is wanted without it.
    """

    name: str
    versions: tuple[Version, ...]
    traffic: Mapping[str, int]
    mirror: Mapping[str, int] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    keep_logs: bool = False


@dataclass(frozen=True)
class Seen:
    """A version as it is. `ready`: answers requests on at least `min` replicas; `failed`: will not get ready by waiting."""

    slot: str
    digest: str
    ready: bool
    failed: bool
    min: int
    max: int
    now: int  # replicas that answer at this moment
    word: str
    reason: str = ""


@dataclass(frozen=True)
class Observed:
    """`moving`: call again. `settled`: as wanted. `rolled_back`: a native rollout went back. `failed`: needs another wish."""

    phase: Literal["moving", "settled", "rolled_back", "failed"]
    versions: tuple[Seen, ...]
    traffic: Mapping[str, int]
    mirror: Mapping[str, int] = field(default_factory=dict)
    url: str | None = None
    reason: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Metrics:
    """What one version did in a window that ends at `until`. 0 requests is no evidence, not health."""

    requests: int
    errors: int  # server errors (5xx) only; a client's mistake is not the version's
    p95: timedelta | None
    until: datetime


@dataclass(frozen=True)
class Policy:
    """How a new version comes in: shares in percent, before 100; `bake` at each; limits that abort."""

    strategy: Literal["canary", "linear", "blue_green", "all_at_once"]
    steps: tuple[int, ...]
    bake: timedelta
    max_bake: timedelta
    min_requests: int
    keep: timedelta
    error_rate: float | None = None  # share of requests, 0.01 = 1 %
    p95: timedelta | None = None
    on_orphan: Literal["revert", "finish"] = "revert"
    probe: str | None = None  # path of a request body sent to a new version before it gets traffic


@dataclass(frozen=True)
class Reply:
    status: int
    body: bytes
    content_type: str
    slot: str | None


@dataclass(frozen=True)
class Traits:
    """Facts of a target. `names`: kind of thing ("job", "endpoint") -> regular expression its names must match in full."""

    names: Mapping[str, str]
    atomic_submit: bool
    log_lag: timedelta = timedelta(0)
    metrics_lag: timedelta = timedelta(0)
    max_name: Mapping[str, int] = field(default_factory=dict)
    canary: tuple[int, ...] = (10, 50)  # steps of a canary where the spec names none, in percent
    keep: timedelta = timedelta(hours=1)  # how long an old version stays where the spec does not say


@dataclass(frozen=True)
class Foundation:
    """The ground an environment stands on, made by `infra` or typed by hand."""

    root: str  # URI of the folder that bundles, models and the ledger live under: s3://bucket/prefix, file:///...
    region: str = ""
    outputs: Mapping[str, str] = field(default_factory=dict)  # identities, subnets, registry, ... by name
    source: str = ""  # where it was read from, for people


@dataclass(frozen=True)
class Rate:
    """Money an hour. `amount` None is unknown, never 0; 0 is truly free."""

    amount: Decimal | None
    currency: str = "USD"
    source: str = ""
    date: str = ""
    derived: bool = False


@dataclass(frozen=True)
class Event:
    """Progress as a value. `subject` names the thing (a job, an endpoint, a slot); `text` is one line for people."""

    time: datetime
    kind: str  # "train.state", "rollout.step", "lock.wait", "log", ...
    subject: str
    text: str
    data: Mapping[str, str | int | float | bool | None] = field(default_factory=dict)
