"""The static half: what this machine is, before anything runs on it."""

# ruff: noqa: ARG002 - the protocol names what a target may need; this one needs little of it

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from tradewind.home import home
from tradewind.providers.base import Info, Provider
from tradewind.providers.local import losses as lost
from tradewind.providers.local import machine
from tradewind.providers.local.names import TRAITS
from tradewind.providers.local.paths import here
from tradewind.providers.local.settings import LocalSettings
from tradewind.spec.refs import MODEL_SERVERS
from tradewind.values import Foundation, Hardware, Loss, Machine, Policy, Run, Wanted


class LocalInfo:
    name = "local"
    title = "This machine"
    traits = TRAITS
    settings: type[BaseModel] = LocalSettings
    free = True

    def foundation(self, settings: BaseModel | None, project: str, environment: str) -> Foundation | None:
        return Foundation(root=(home() / "store").as_uri(), source=f"the state folder, {home()}")

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        return machine.meet(need, use)

    def image(
        self, framework: str, version: str | None, machine: Machine, use: Literal["train", "serve"]
    ) -> str | Loss:
        if framework in MODEL_SERVERS:
            reason = f"{framework} is a server in an image of its own, and this machine runs processes"
            return Loss(
                f"{use}.framework", reason, "use a handler without `framework`, or another provider", fatal=True
            )
        return ""

    def losses(self, run: Run | None, want: Wanted | None, policy: Policy | None) -> Sequence[Loss]:
        return lost.losses(run, want, policy)

    def connect(self, settings: BaseModel | None, foundation: Foundation) -> Provider:
        from tradewind.providers.local.provider import LocalProvider  # the connected half, only when it is needed

        port = settings.port if isinstance(settings, LocalSettings) else None
        return LocalProvider(here(), port=port)


INFO: Info = LocalInfo()
