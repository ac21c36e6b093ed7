"""The static half: what Vertex AI is, before anything is called. No SDK, network or credentials."""

# ruff: noqa: ARG002 - the protocol names what a target may need

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from tradewind.errors import SpecError
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service
from tradewind.providers import later
from tradewind.providers.base import Info, Provider
from tradewind.providers.gcp import images, region
from tradewind.providers.gcp import losses as lost
from tradewind.providers.gcp import machine as machines
from tradewind.providers.gcp.names import TRAITS
from tradewind.spec.clouds.gcp import Gcp
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Run, Wanted


class GcpInfo:
    """`Priced`, `Storing`, `Grounded`, and `PlansOnly` until its connected half is there."""

    name = "gcp"
    title = "Google Vertex AI"
    traits = TRAITS
    settings: type[BaseModel] = Gcp
    free = False
    scheme = "gs"
    service: Service = "vertex"
    home = region.HOME
    ground_hint = (
        "add to deploy.yaml, with a bucket and a service account of yours:\n"
        "foundation:\n"
        "  root: gs://BUCKET/tradewind\n"
        "  identities: {runtime: NAME@PROJECT.iam.gserviceaccount.com}\n"
        "or let `foundation: {stack: dev}` stand there and have one made: deploy infra up"
    )

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        """No bucket can be known without looking: `foundation:` must say."""
        return None

    def region(self, settings: BaseModel | None) -> str | None:
        return region.find(settings)

    def pinned(self, settings: BaseModel | None, use: Literal["train", "serve"]) -> str | None:
        return machines.pinned(settings, use)

    def choose(
        self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"], offered: Sequence[Instance]
    ) -> Machine | Loss:
        return machines.choose(need, settings, use, offered)

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        return machines.choose(need, settings, use, facts.instances(self.service))

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        """Named without the host of a multi-region, where it lies in each: see `images.address`."""
        try:
            return images.resolve(framework, version, machine, use)
        except images.NoImageError as error:
            return Loss(f"{use}.framework", str(error), "give `image:`", fatal=True)

    def losses(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
        return lost.losses(run, want, policy)

    def plans_only(self) -> SpecError:
        return later.plans_only(self.title)

    def connect(self, settings: BaseModel | None, foundation: Foundation) -> Provider:
        raise self.plans_only()


INFO: Info = GcpInfo()
