"""Service quotas of the emulated account, by plain boto3."""

from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, ended, reaches, request

SPOT = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600},
}
ON_DEMAND, ON_SPOT = "ml.m5.large for training job usage", "ml.m5.large for spot training job usage"


@pytest.fixture
def limited(emulator: Emulator) -> Iterator[Emulator]:
    """An account whose quotas are generous again afterwards."""
    yield emulator
    for name in (ON_DEMAND, ON_SPOT):
        emulator.control("quota", name=name, value=1000)


def test_quotas_are_listed_by_their_own_names(limited: Emulator) -> None:
    client = limited.client("service-quotas")
    limited.control("quota", name=ON_SPOT, value=0)
    pages = list(client.get_paginator("list_service_quotas").paginate(ServiceCode="sagemaker"))
    quotas = {quota["QuotaName"]: quota for page in pages for quota in page["Quotas"]}
    assert len(pages) > 5
    for use in ("training job", "spot training job", "training warm pool", "endpoint"):
        assert quotas[f"ml.g5.xlarge for {use} usage"]["Value"] > 0
    spot = quotas[ON_SPOT]
    assert (spot["Value"], spot["Adjustable"], spot["ServiceCode"]) == (0.0, True, "sagemaker")
    assert client.get_service_quota(ServiceCode="sagemaker", QuotaCode=spot["QuotaCode"])["Quota"] == spot
    default = client.get_aws_default_service_quota(ServiceCode="sagemaker", QuotaCode=spot["QuotaCode"])["Quota"]
    assert default["Value"] > 0
    with pytest.raises(client.exceptions.NoSuchResourceException):
        client.get_service_quota(ServiceCode="sagemaker", QuotaCode="L-00000000")
    with pytest.raises(client.exceptions.InvalidPaginationTokenException):
        client.list_service_quotas(ServiceCode="sagemaker", NextToken="nonsense")
    assert client.list_services()["Services"] == [{"ServiceCode": "sagemaker", "ServiceName": "Amazon SageMaker"}]
    with pytest.raises(client.exceptions.IllegalArgumentException, match="/_sandbox/quota"):
        client.request_service_quota_increase(ServiceCode="sagemaker", QuotaCode=spot["QuotaCode"], DesiredValue=8)
    with pytest.raises(ClientError, match="less than or equal to 100"):
        client.list_service_quotas(ServiceCode="sagemaker", MaxResults=101)


def test_a_job_beyond_its_quota_is_refused_in_the_services_words(limited: Emulator) -> None:
    sagemaker = limited.client("sagemaker")
    limited.control("quota", name=ON_SPOT, value=0)
    with pytest.raises(sagemaker.exceptions.ResourceLimitExceeded) as refused:
        sagemaker.create_training_job(**request("too-much", "true", **SPOT))
    assert refused.value.response["Error"]["Message"].startswith(
        f"The account-level service limit '{ON_SPOT}' is 0 Instances, with current utilization of 0 Instances and a "
        "request delta of 1 Instances. Please use AWS Service Quotas to request an increase for this quota."
    )
    sagemaker.create_training_job(**request("on-demand", "true"))
    assert ended(sagemaker, "on-demand")["TrainingJobStatus"] == "Completed"


def test_what_runs_counts_until_it_is_over(limited: Emulator) -> None:
    sagemaker = limited.client("sagemaker")
    limited.control("quota", name=ON_DEMAND, value=2)
    sagemaker.create_training_job(**request("holds-one", "sleep 600"))
    pair = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 1}
    with pytest.raises(ClientError, match="current utilization of 1 Instances and a request delta of 2 Instances"):
        sagemaker.create_training_job(**request("wants-two", "true", ResourceConfig=pair))
    reaches(sagemaker, "holds-one", "Training")
    sagemaker.stop_training_job(TrainingJobName="holds-one")
    ended(sagemaker, "holds-one")
    sagemaker.create_training_job(**request("wants-two", "true", ResourceConfig=pair))
    assert ended(sagemaker, "wants-two")["TrainingJobStatus"] == "Completed"
    limited.control("quota", name=ON_DEMAND, value=0, region="eu-west-1")
    sagemaker.create_training_job(**request("another-region", "true"))


@pytest.mark.parametrize(
    "said", [{"name": "ml.m5.large", "value": 1}, {"name": ON_SPOT, "value": -1}, {"name": ON_SPOT}]
)
def test_a_quota_that_there_is_not(limited: Emulator, said: dict[str, object]) -> None:
    with pytest.raises(HTTPError) as refused:
        limited.control("quota", **said)
    assert json.loads(refused.value.read())["__type"] == "ValidationException"
