"""Groups of logs on AWS: none unasked, each by the name that SageMaker writes to, and none deleted with the stack."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.infra.aws.founding import counts, found
from tradewind.infra.aws import logs, retention
from tradewind.providers.aws import train

WATCH = [{"endpoint": "churn-dev"}, {"endpoint": "rank-dev"}]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ([], []),
        (["jobs"], ["/aws/sagemaker/TrainingJobs"]),
        (["endpoints"], ["/aws/sagemaker/Endpoints/churn-dev", "/aws/sagemaker/Endpoints/rank-dev"]),
    ],
)
def test_what_is_asked_is_kept_and_stays_when_the_stack_goes(asked: list[str], names: list[str]) -> None:
    recorded = found(watch=WATCH, log_groups=asked, log_days=100)
    groups = recorded.of("aws:cloudwatch/logGroup:LogGroup")
    assert [it.inputs["name"] for it in groups] == names
    assert all(it.inputs["retentionInDays"] == 120 and it.inputs["skipDestroy"] for it in groups)
    assert counts(recorded) - counts(found(watch=WATCH)) == ({"LogGroup": len(names)} if names else {})


@pytest.mark.parametrize(
    "asked", [{}, {"key": "own"}, {"existing": {"kms_key": "arn:aws:kms:eu-west-1:123456789012:key/k"}}]
)
def test_a_key_of_one_s_own_encrypts_logs_too(asked: dict[str, Any]) -> None:
    recorded = found(log_groups=["jobs"], **asked)
    (group,) = recorded.of("aws:cloudwatch/logGroup:LogGroup")
    assert group.inputs.get("kmsKeyId") == recorded.outputs.get("kms_key")


def test_jobs_write_to_the_group_that_is_kept() -> None:
    assert train.LOG_GROUP == logs.JOBS


@given(asked=st.integers(1, 3650))
def test_logs_are_never_kept_shorter_than_asked(asked: int) -> None:
    assert asked <= retention.days(asked)
    assert retention.days(asked) in retention.ALLOWED
    assert asked not in retention.ALLOWED or retention.days(asked) == asked
