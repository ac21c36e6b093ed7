"""`serve:`: which model stands behind an endpoint, on what, and how a new version comes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field as Default
from pydantic import ValidationInfo, field_validator, model_validator

from tradewind.spec.fields import Count, Duration, Line, LongDuration, Percent, Positive, Size, text, whole
from tradewind.spec.models.base import Model, Relation, unsaid
from tradewind.spec.models.hardware import Hardware
from tradewind.spec.models.shared import Env, Framework, Images, Secrets
from tradewind.spec.models.usage import Usage
from tradewind.spec.nodes import Filled
from tradewind.spec.refs import MODEL, ModelRef, model_ref
from tradewind.spec.yaml12 import scalar

_MODEL_SAID = (
    "a model is `train` (the run above), a path, s3://, gs://, az://..., run:NAME, hf:org/name@revision, or name@version of "
    "the registry"
)


class Target(Model):
    """What the number of replicas follows: one of concurrency, requests, cpu and gpu."""

    concurrency: Positive | None = None
    """Requests in flight in one replica."""
    requests: Positive | None = None
    """Requests a second to one replica."""
    cpu: Percent | None = None
    """Use of the CPUs."""
    gpu: Percent | None = None
    """Use of the GPUs."""
    cooldown: Duration | None = None
    """Time between two changes of the number of replicas. Default: the provider's."""

    def relations(self) -> Iterator[Relation]:
        names = ("concurrency", "requests", "cpu", "gpu")
        said = [name for name in names if getattr(self, name) is not None]
        if len(said) != 1:
            at = (said[1],) if said else ()
            yield Relation(at, "a target is exactly one of concurrency, requests, cpu, gpu", tuple((n,) for n in names))


class Replicas(Model):
    """How many copies of the server."""

    min: Count = 1
    """At least. 0 scales to nothing where the provider can."""
    max: Positive = 1
    """At most. Default: as many as `min`."""
    target: Target | None = None
    """Scale between the two. Without it there are `min`."""

    @model_validator(mode="before")
    @classmethod
    def _as_many_as_min(cls, value: Any) -> Any:
        least = value.get("min") if isinstance(value, Mapping) and value.get("max") is None else None
        least = scalar(least) if isinstance(least, Filled) else least
        return {**value, "max": max(1, int(least))} if isinstance(least, int) else value

    def relations(self) -> Iterator[Relation]:
        if self.min > self.max:
            yield Relation(("max",), f"must be min ({self.min}) or more", (("min",), ("max",)))


class Request(Model):
    """Limits of one request."""

    timeout: LongDuration = timedelta(seconds=60)
    """Answered with 504 after this time."""
    concurrency: Positive = 8
    """How many a replica works on at once; more are answered with 429, never queued for ever."""
    max_body: Size = 6_000_000
    """Larger bodies are answered with 413."""


class AbortIf(Model):
    """Limits of a new version while it comes in."""

    error_rate: Percent | None = None
    """Share of answers that are server errors (5xx)."""
    p95: LongDuration | None = None
    """95 of 100 answers take no longer."""


Step = Annotated[int, whole(1, 99)]
STEPLESS = ("blue_green", "all_at_once")
_DEFAULT_STEPS: dict[str, tuple[int, ...]] = {  # a canary's are the target's to say, where nobody did
    "linear": (25, 50, 75),
    "blue_green": (),
    "all_at_once": (),
}


class Rollout(Model):
    """How a new version takes over from the old one, which stays until the new one has stood its trial."""

    strategy: Literal["canary", "linear", "blue_green", "all_at_once"] = "canary"
    """canary: by `steps`; linear: by equal steps; blue_green: all at once after a trial without traffic; all_at_once."""
    steps: tuple[Step, ...] = (10, 50)
    """Shares of the traffic in percent, before 100. Default: 10, 50 (canary; 10 where one is all), 25, 50, 75 (linear)."""
    bake: Duration = timedelta(minutes=5)
    """Time at each step before it is judged."""
    max_bake: Duration | None = None
    """Too little traffic to judge after this time fails the rollout. Default: the engine's, from `bake`."""
    min_requests: Count = 50
    """Fewer than these at a step are not enough to judge by."""
    keep: Duration = timedelta(hours=1)
    """The old version stays this long, so that going back is one change of traffic. Unsaid on `aws`: not at all."""
    abort_if: AbortIf = unsaid(AbortIf)
    """Limits that end the rollout and put the traffic back."""
    on_orphan: Literal["revert", "finish"] = "revert"
    """What `endpoint guard` does with a rollout whose owner died."""
    probe: Line | None = None
    """Path of a request that a new version must answer before it gets traffic."""

    @model_validator(mode="before")
    @classmethod
    def _steps_unsaid(cls, value: Any) -> Any:
        if isinstance(value, Mapping) and value.get("steps") is None:
            strategy = value.get("strategy")
            if isinstance(strategy, str) and strategy in _DEFAULT_STEPS:
                return {**value, "steps": _DEFAULT_STEPS[strategy]}
        return value

    @field_validator("steps", mode="after")
    @classmethod
    def _steps_unused(cls, value: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        """An overlay may well change the strategy alone: right steps are dropped then, and the loader leaves a note."""
        return () if info.data.get("strategy") in STEPLESS else value

    def relations(self) -> Iterator[Relation]:
        about = (("strategy",), ("steps",))
        if not self.steps and self.strategy not in STEPLESS:
            yield Relation(("steps",), f"{self.strategy} needs at least one step, like [10, 50]", about)
        if any(a >= b for a, b in zip(self.steps, self.steps[1:], strict=False)):
            yield Relation(("steps",), "must rise, like [10, 50]; 100 comes by itself", about)
        if self.max_bake is not None and self.max_bake < self.bake:
            yield Relation(("max_bake",), "must be as long as `bake` or longer", (("bake",), ("max_bake",)))


class Serve(Model):
    """An endpoint. What is healthy keeps serving until the new version has proved itself."""

    model: Annotated[str, text(MODEL, _MODEL_SAID)] = "train"
    """`train` (the run above), a path, an address, hf:org/name@commit, or name@version of the cloud's registry."""
    handler: Line | None = None
    """File with load(model_dir) and predict(model, inputs). Optional where the framework says enough."""
    source: Line | None = None
    """Folder that is shipped with the handler. Default: the handler's file alone."""
    framework: Framework | None = None
    """Loads the model without a handler, and picks the image. Language models: vllm, huggingface-llm, ... Default: `train`'s."""
    image: Images | None = None
    """An image of your own: one, or one for each provider."""
    hardware: Hardware = unsaid(Hardware)
    """What one replica must have."""
    replicas: Replicas = unsaid(Replicas)
    """How many copies, and what they follow."""
    usage: Usage | None = None
    """The load to expect, for what the endpoint will cost."""
    request: Request = unsaid(Request)
    """Limits of one request."""
    startup_timeout: LongDuration = timedelta(minutes=10)
    """A new version must be ready within this time."""
    rollout: Rollout | None = None
    """How a new version comes in. Default: canary by [10, 50], 5m each; the first version at once."""
    env: Env = Default(default_factory=dict)
    """Variables for serving alone, over those at the top."""
    secrets: Secrets = ()
    """Secrets for serving alone, besides those at the top."""

    @property
    def ref(self) -> ModelRef:
        """What `model` names."""
        return model_ref(self.model)

    def relations(self) -> Iterator[Relation]:
        if self.framework and self.image:
            yield Relation(
                ("image",), "is given together with `framework`; keep one of them", (("framework",), ("image",))
            )
        yield from self._load()

    def _load(self) -> Iterator[Relation]:
        target, usage = self.replicas.target, self.usage
        follows = target is not None and target.concurrency is not None
        if usage is not None and follows and usage.request_time is None and (usage.requests_per_second or usage.file):
            yield Relation(
                ("usage",),
                "needs `request_time`: how long one request takes says how many are in flight, which the replicas follow",
                (("usage",), ("replicas",)),
            )
