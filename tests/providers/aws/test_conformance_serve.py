"""Endpoints of both kinds pass the suite on the emulated account: real containers' processes, real requests."""

from __future__ import annotations

import pytest

from tests.providers.aws.harness import Account
from tests.providers.aws.serving import ServingHarness, SharesHarness
from tradewind.providers.conformance import EndpointConformance, Harness, NativeConformance
from tradewind.providers.conformance.optional import OptionalConformance

pytestmark = pytest.mark.slow


class TestServing(EndpointConformance, NativeConformance, OptionalConformance):
    @pytest.fixture
    def harness(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> Harness:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        return ServingHarness(account)


class TestShares(EndpointConformance):
    @pytest.fixture
    def harness(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> Harness:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        return SharesHarness(account)
