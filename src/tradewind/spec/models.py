"""The models of deploy.yaml. Field names are the file's keys; docstrings become the schema's and the reference's text."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


# Units arrive as people write them ("2h", "100GiB", "1%", "20 USD") and are held parsed:
# durations as timedelta, sizes as int bytes, percents as float (1% -> 0.01), counts as int.


class Money(Model):
    amount: Decimal
    currency: str


class Gpu(Model):
    """One acceptable GPU: by name or by memory."""

    name: str | None = None
    memory: int | None = None  # bytes, at least
    count: int = 1


class Hardware(Model):
    cpus: float | None = None  # at least
    memory: int | None = None  # bytes, at least
    gpu: tuple[Gpu, ...] = ()  # any of them
    disk: int | None = None  # bytes


class Runtime(Model):
    python: str | None = None
    requirements: str | None = None
    index: str | None = None


class Input(Model):
    uri: str  # local path, s3://, gs://, az://, or "run:<digest or name>"
    mode: Literal["copy", "stream"] = "copy"


class Checkpoint(Model):
    uri: str | None = None  # default: a folder under the foundation


class Train(Model):
    source: str = "."
    command: str
    framework: str | None = None  # "sklearn" or "sklearn:1.5"
    image: str | dict[str, str] | None = None
    parameters: dict[str, str | int | float | bool] = {}
    inputs: dict[str, Input] = {}
    hardware: Hardware = Hardware()
    nodes: int = 1
    launcher: Literal["torchrun", "mpi", "none"] = "none"
    spot: bool = False
    checkpoint: Checkpoint | None = None
    max_runtime: timedelta = timedelta(hours=24)
    env: dict[str, str] = {}
    secrets: tuple[str, ...] = ()


class Target(Model):
    concurrency: int | None = None
    requests: int | None = None
    cpu: float | None = None
    gpu: float | None = None
    cooldown: timedelta | None = None


class Replicas(Model):
    min: int = 1
    max: int = 1
    target: Target | None = None


class Request(Model):
    timeout: timedelta = timedelta(seconds=60)
    concurrency: int = 8
    max_body: int = 6_000_000


class AbortIf(Model):
    error_rate: float | None = None
    p95: timedelta | None = None


class Rollout(Model):
    strategy: Literal["canary", "linear", "blue_green", "all_at_once"] = "canary"
    steps: tuple[int, ...] = (10, 50)
    bake: timedelta = timedelta(minutes=5)
    max_bake: timedelta | None = None
    min_requests: int = 50
    keep: timedelta = timedelta(hours=1)
    abort_if: AbortIf = AbortIf()
    on_orphan: Literal["revert", "finish"] = "revert"
    probe: str | None = None


class Serve(Model):
    model: str = "train"
    handler: str | None = None
    source: str | None = None  # folder shipped with the handler; default: the handler's file alone
    framework: str | None = None
    image: str | dict[str, str] | None = None
    hardware: Hardware = Hardware()
    replicas: Replicas = Replicas()
    request: Request = Request()
    startup_timeout: timedelta = timedelta(minutes=10)
    rollout: Rollout | None = None
    env: dict[str, str] = {}
    secrets: tuple[str, ...] = ()


class Budget(Model):
    run: Money | None = None
    month: Money | None = None


class FoundationRef(Model):
    stack: str | None = None
    file: str | None = None
    root: str | None = None  # typed by hand, with the outputs below


class Spec(Model):
    """One deploy.yaml after its environment was laid over it."""

    name: str
    description: str = ""
    provider: str = "local"  # canonical: aws gcp azure local, or a plug-in's
    tags: dict[str, str] = {}
    runtime: Runtime = Runtime()
    train: Train | None = None
    serve: Serve | None = None
    env: dict[str, str] = {}
    secrets: tuple[str, ...] = ()
    budget: Budget | None = None
    foundation: FoundationRef | None = None
    accept: dict[str, tuple[str, ...]] = {}
    protect: bool = False
