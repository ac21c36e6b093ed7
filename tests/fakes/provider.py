"""A provider in memory, in both styles: shares of traffic (`FakeProvider`) and native rollouts (`FakeNativeProvider`).

    cloud = FakeCloud(clock)                 # the world; lives on while provider objects come and go
    info = FakeInfo(cloud)                   # FakeInfo(cloud, native=True) for the second style
    provider = info.connect(None, foundation)

Faults and behaviours are said to the cloud: `cloud.faults.lose(2)`, `cloud.version(digest, VersionBehaviour(never_ready=True))`,
`cloud.load("endpoint", 20)`; `cloud.writes` has every write that happened.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from fakes.cloud import FakeCloud
from fakes.faults import Faults, JobBehaviour, VersionBehaviour, Write
from fakes.native import FakeNativeServer
from fakes.server import NAMES, FakeServer
from fakes.trainer import FakeTrainer
from tradewind.home import home
from tradewind.providers.base import Check, Provider
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Run, Traits, Wanted

__all__ = ["FakeCloud", "FakeInfo", "FakeNativeProvider", "FakeProvider", "FakeSettings", "Faults", "JobBehaviour",
           "VersionBehaviour", "Write"]  # fmt: skip


class FakeSettings(BaseModel):
    """The `fake:` block of deploy.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    region: str = "here-1"
    """Where in the fake cloud."""


class FakeInfo:
    name = "fake"
    title = "Fake cloud"
    settings: type[BaseModel] = FakeSettings

    def __init__(self, cloud: FakeCloud | None = None, *, native: bool = False, free: bool = False,
                 traits: Traits | None = None) -> None:  # fmt: skip
        self.cloud = cloud or FakeCloud()
        self.native = native
        self.free = free
        self.traits = traits or Traits(
            names={"job": NAMES, "endpoint": NAMES},
            atomic_submit=True,
            metrics_lag=self.cloud.metrics_lag,
            max_name={"job": 63, "endpoint": 63},
        )

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        return Foundation((home() / "fake" / "store").as_uri(), region="here-1", source="the fake cloud")

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        wanted = next(((name, count) for name, count in need.gpus if name == "L4"), None)
        if need.gpus and wanted is None:
            names = ", ".join(name for name, _ in need.gpus)
            return Loss(f"{use}.hardware.gpu", f"the fake cloud has no {names}", fatal=True)
        gpu, gpus = wanted or (None, 0)
        suffix = f"-{gpu.lower()}x{gpus}" if gpu else ""
        return Machine(f"fake-standard{suffix}", need.cpus or 2, need.memory_gib or 4, gpu, gpus)

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        return f"registry.fake/{use}-{framework}:{version or '1'}"

    def losses(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
        found = []
        if run is not None and run.spot:
            found.append(Loss("train.spot", "the fake cloud sells no spot machines", "an on-demand machine is used"))
        if want is not None and self.native and want.mirror:
            found.append(Loss("serve.rollout", "one variant only: no mirrored traffic", fatal=True))
        return found

    def connect(self, settings: BaseModel | None, foundation: Foundation) -> Provider:
        return FakeNativeProvider(self.cloud) if self.native else FakeProvider(self.cloud)


class FakeProvider:
    """Stateless: everything is in the cloud, so a new object goes on where a killed one was."""

    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud

    def trainer(self) -> FakeTrainer:
        return FakeTrainer(self.cloud)

    def server(self) -> FakeServer:
        return FakeServer(self.cloud)

    def preflight(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Check]:
        """Whatever the test has put into `cloud.checks`."""
        self.cloud.faults.call("look before the first call")
        return tuple(self.cloud.checks)

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        self.cloud.faults.call("list what is owned")
        with self.cloud.lock:
            tagged = [("job", name, job.run.tags) for name, job in self.cloud.jobs.items()]
            tagged += [
                ("endpoint", name, endpoint.tags)
                for name, endpoint in self.cloud.endpoints.items()
                if endpoint.deleted is None
            ]
        return tuple((kind, name) for kind, name, has in tagged if tags.items() <= has.items())


class FakeNativeProvider(FakeProvider):
    def server(self) -> FakeNativeServer:
        return FakeNativeServer(self.cloud)
