"""The shipped suite, as far as a target can be held to it that only plans."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tradewind.providers.base import Provider
from tradewind.providers.conformance import Harness, StaticConformance
from tradewind.providers.conformance.harness import Quality, Work
from tradewind.providers.gcp.info import INFO
from tradewind.spec.clouds.gcp import Gcp
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run, Serving, Version

BOX = Container("europe-west4-docker.pkg.dev/acme/ml/app:1", Machine("n1-standard-4", 4, 15), Hardware(cpus=2))


class GcpHarness(Harness):
    info = INFO
    settings = Gcp()
    foundation = Foundation("gs://bucket/root", "europe-west4")

    def connect(self) -> Provider:
        return self.info.connect(self.settings, self.foundation)

    def run(self, name: str, digest: str, work: Work = "quick") -> Run:
        del work
        return Run(name, digest, BOX, ("true",), {}, {}, f"gs://bucket/{name}", None, timedelta(hours=1))

    def version(self, slot: str, digest: str, quality: Quality = "good") -> Version:
        del quality
        return Version(slot, digest, BOX, Artifact("gs://bucket/m", digest), Serving(handler="serve.py"), min=1, max=4)


class TestVertex(StaticConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return GcpHarness()
