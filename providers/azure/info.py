"""The static half: what Azure ML is, before anything is called. No SDK, network or credentials."""

# ruff: noqa: ARG002 - the protocol names what a target may need

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from tradewind.errors import SpecError
from tradewind.machines import facts
from tradewind.machines.instance import Instance, Service
from tradewind.providers import later
from tradewind.providers.azure import images, region
from tradewind.providers.azure import losses as lost
from tradewind.providers.azure import machine as machines
from tradewind.providers.azure.names import TRAITS
from tradewind.providers.base import Info, Provider
from tradewind.spec.clouds.azure import Azure
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Run, Wanted


class AzureInfo:
    """`Priced`, `Cautious`, `Storing`, `Grounded`, and `PlansOnly` until its connected half is there."""

    name = "azure"
    title = "Azure Machine Learning"
    traits = TRAITS
    settings: type[BaseModel] = Azure
    free = False
    scheme = "az"
    service: Service = "azureml"
    home = region.HOME
    ground_hint = (
        "add to deploy.yaml, with a container, a storage account and a workspace of yours:\n"
        "foundation:\n"
        "  root: az://CONTAINER@ACCOUNT/tradewind\n"
        "azure: {resource_group: GROUP, workspace: WORKSPACE}\n"
        "or let `foundation: {stack: dev}` stand there and have one made: deploy infra up"
    )

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        """No container can be known without looking: `foundation:` must say."""
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

    def caution(self, machine: Machine, use: Literal["train", "serve"]) -> str:
        return machines.caution(machine, use)

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        """A curated environment, by its reference."""
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


INFO: Info = AzureInfo()
