"""The shipped suite, as far as a target can be held to it that only plans."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tradewind.providers.azure.info import INFO
from tradewind.providers.base import Provider
from tradewind.providers.conformance import Harness, StaticConformance
from tradewind.providers.conformance.harness import Quality, Work
from tradewind.spec.clouds.azure import Azure
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run, Serving, Version

BOX = Container("acme.azurecr.io/app:1", Machine("Standard_F4s_v2", 4, 8), Hardware(cpus=2))


class AzureHarness(Harness):
    info = INFO
    settings = Azure()
    foundation = Foundation("az://container@account/root", "westeurope")

    def connect(self) -> Provider:
        return self.info.connect(self.settings, self.foundation)

    def run(self, name: str, digest: str, work: Work = "quick") -> Run:
        del work
        return Run(name, digest, BOX, ("true",), {}, {}, f"az://container/{name}", None, timedelta(hours=1))

    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        del quality
        model = Artifact("az://container/m", digest)
        return Version(slot, digest, BOX, model, Serving(handler="serve.py"), min=1, max=4)


class TestAzure(StaticConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return AzureHarness()
