"""The fake that the engine is tested on keeps the protocol, in both styles; so its tests mean something."""

from __future__ import annotations

import pytest
from fakes.harness import FakeHarness

from tradewind.providers.conformance import Harness, ProviderConformance


class TestFakeWithShares(ProviderConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return FakeHarness()


class TestFakeWithNativeRollouts(ProviderConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return FakeHarness(native=True)
