"""The static half: no SDK, no network, no login. The offline plan, the schema and the docs come from it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from tradewind.providers.base import Provider
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Run, Traits, Wanted

NAMES = r"[a-z][a-z0-9-]{1,39}"


class Settings(BaseModel):
    """The `tinycloud:` block of deploy.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    address: str = "tiny://public"
    """Where the service answers; another one for a private installation or an emulator."""

    bucket: str | None = None
    """URI of the folder that bundles, models and the ledger live under."""


class TinyInfo:
    name = "tinycloud"
    title = "Tiny Cloud"
    free = False
    settings: type[BaseModel] = Settings
    traits = Traits(
        names={"job": NAMES, "endpoint": NAMES},
        atomic_submit=True,  # a second submit under the same name is refused, never a second job
        max_name={"job": 40, "endpoint": 40},
    )

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        bucket = settings.bucket if isinstance(settings, Settings) else None
        return Foundation(bucket, source="tinycloud.bucket") if bucket else None

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        if need.gpus or need.gpu_memory_gib:
            return Loss(f"{use}.hardware.gpu", "Tiny Cloud has no GPUs", fatal=True)
        for machine in (Machine("tiny-1", 1, 2), Machine("tiny-8", 8, 16)):
            if machine.cpus >= (need.cpus or 0) and machine.memory_gib >= (need.memory_gib or 0):
                return machine
        return Loss(f"{use}.hardware", "the largest machine has 8 CPUs and 16 GiB", fatal=True)

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        return f"tiny/{framework}:{version or 'latest'}"

    def losses(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
        return [*(_of_run(run) if run else ()), *(_of_endpoint(want) if want else ())]

    def connect(self, settings: BaseModel | None, foundation: Foundation) -> Provider:
        from tradewind_tinycloud.provider import TinyProvider  # the SDK is imported here, and not before

        return TinyProvider(settings if isinstance(settings, Settings) else Settings())


def _of_run(run: Run) -> Iterator[Loss]:
    if run.spot:
        yield Loss("train.spot", "there are no spot machines", "an on-demand machine is used")
    if run.nodes > 1:
        yield Loss("train.nodes", "a job runs on one machine", fatal=True)
    for name in sorted(run.streams):
        yield Loss(f"train.inputs.{name}.mode", "inputs cannot be streamed", "they are copied before the job starts")


def _of_endpoint(want: Wanted) -> Iterator[Loss]:
    for version in want.versions[-1:]:
        targets = [*(["concurrency"] if version.target is not None else ()), *version.scale_on]
        for target in targets:
            yield Loss(f"serve.replicas.target.{target}", "there is no autoscaler", "the endpoint stays at `min`")
        if version.min == 0:
            yield Loss("serve.replicas.min", "an endpoint has at least one replica", fatal=True)
    if want.mirror:
        yield Loss("serve.rollout.mirror", "traffic cannot be mirrored", fatal=True)


INFO = TinyInfo()
