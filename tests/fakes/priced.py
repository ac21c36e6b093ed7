"""A target with a catalogue: the fake cloud's machine types are those of `fakes.machines`, in two regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict

from fakes.machines import ALL, NEURON
from fakes.provider import FakeInfo
from tradewind.cost.own import OwnPrices
from tradewind.cost.quote import Quote
from tradewind.cost.rates import UNKNOWN
from tradewind.machines import facts, matching
from tradewind.machines.instance import Instance, Service, Use
from tradewind.values import Hardware, Loss, Machine, Rate


class PricedSettings(BaseModel):
    """The `fake:` block of deploy.yaml."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)

    region: str | None = None
    """Where in the fake cloud."""
    machine: str | None = None
    """This machine, whatever is needed."""


class PricedInfo(FakeInfo):
    settings = PricedSettings
    service: Service = "sagemaker"
    home = "home-1"
    around: str | None = None  # the region that this process' environment names

    def machine(self, need: Hardware, settings: BaseModel | None, use: Literal["train", "serve"]) -> Machine | Loss:
        return self.choose(need, settings, use, facts.instances(self.service))

    def region(self, settings: BaseModel | None) -> str | None:
        return (isinstance(settings, PricedSettings) and settings.region) or self.around

    def pinned(self, settings: BaseModel | None, use: Literal["train", "serve"]) -> str | None:
        return settings.machine if isinstance(settings, PricedSettings) else None

    def choose(
        self,
        need: Hardware,
        settings: BaseModel | None,
        use: Literal["train", "serve"],
        offered: Sequence[Instance],
    ) -> Machine | Loss:
        name = self.pinned(settings, use)
        if name is None:
            return matching.choose(offered, need, use, "fake")
        return matching.named(facts.find(self.service, name), name, need)


@dataclass(frozen=True)
class Book:
    """What has a price, cheapest first, by region."""

    regions: Mapping[str, tuple[Instance, ...]] = field(default_factory=lambda: {"home-1": ALL, "sparse-1": (NEURON,)})
    date: str = "2026-09-01"
    own: OwnPrices = field(default_factory=OwnPrices)

    def offers(self, service: Service, use: Use, region: str) -> tuple[Instance, ...]:
        return tuple(it for it in self.regions.get(region, ()) if use in it.uses)

    def quote(self, service: Service, use: Use, region: str, instance: str) -> Quote | None:
        """The order is all that is known of the prices."""
        return None

    def rate(self, service: Service, use: Use, region: str, instance: str, *, spot: bool = False) -> Rate:
        return UNKNOWN


def install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The facts of every service are those of `fakes.machines`."""
    monkeypatch.setattr(facts, "instances", lambda service: ALL)
    monkeypatch.setattr(facts, "find", lambda service, name: next((it for it in ALL if it.id == name), None))
