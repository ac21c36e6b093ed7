"""The job part of the suite, with real processes under the emulated service."""

from __future__ import annotations

import pytest

from tests.providers.aws.harness import AwsHarness
from tradewind.providers.conformance import Harness, JobConformance


class TestJobs(JobConformance):
    @pytest.fixture
    def harness(self, aws_harness: AwsHarness) -> Harness:
        return aws_harness
