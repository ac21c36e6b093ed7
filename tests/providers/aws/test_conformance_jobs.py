"""The suite on the emulated account, but for endpoints: names, jobs as real processes, and a bad network for both."""

from __future__ import annotations

import pytest

from tests.providers.aws.harness import Account, AwsHarness
from tests.providers.aws.serving import ServingHarness
from tradewind.providers.base import Provider
from tradewind.providers.conformance import FaultConformance, Harness, JobConformance, NameConformance


class TestNames(NameConformance):
    @pytest.fixture
    def harness(self, aws_harness: AwsHarness) -> Harness:
        return aws_harness


class TestJobs(JobConformance):
    @pytest.fixture
    def harness(self, aws_harness: AwsHarness) -> Harness:
        return aws_harness

    @pytest.mark.slow
    def test_more_than_a_page_of_jobs(self, harness: Harness, provider: Provider) -> None:
        super().test_more_than_a_page_of_jobs(harness, provider)


class TestFaults(FaultConformance):
    """Each call is made once, so that a lost answer stays lost."""

    @pytest.fixture
    def harness(self, account: Account, monkeypatch: pytest.MonkeyPatch) -> Harness:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        return ServingHarness(account)
