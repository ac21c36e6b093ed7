"""The fake that the engine is tested on keeps the protocol, in both styles; so its tests mean something."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fakes.harness import FakeHarness

from tradewind.providers.conformance import EndpointConformance, FaultConformance, Harness, ProviderConformance


class TestFakeWithShares(ProviderConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return FakeHarness()


class TestFakeWithNativeRollouts(ProviderConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return FakeHarness(native=True)


class TestFakeThatTakesTimeToDelete(EndpointConformance, FaultConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        harness = FakeHarness()
        harness.cloud.deleting = timedelta(seconds=7)
        return harness
