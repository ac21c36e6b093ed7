"""What the emulated SageMaker refuses, and in which words."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, ended, request
from tradewind.sandbox.aws import validation

IMPLEMENTED = ("CreateTrainingJob", "DescribeTrainingJob", "ListTrainingJobs", "StopTrainingJob", "DeleteTrainingJob",
               "UpdateTrainingJob", "Search", "AddTags", "ListTags", "DeleteTags")  # fmt: skip
SPOT = {"EnableManagedSpotTraining": True}
ALGORITHM = request("any", "true")["AlgorithmSpecification"]
NOWHERE = [
    {"ChannelName": "c", "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://work/nothing/"}}}
]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            {"TrainingJobName": "bad_name!"},
            r"1 validation error detected: Value 'bad_name!' at 'trainingJobName' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern",
        ),
        ({"TrainingJobName": "x" * 64}, "Member must have length less than or equal to 63"),
        (
            {"ResourceConfig": {"InstanceType": "ml.zz.bogus", "KeepAlivePeriodInSeconds": 99999}},
            r"2 validation errors detected: .*'resourceConfig.instanceType' .*enum value set.*"
            r"'resourceConfig.keepAlivePeriodInSeconds' .*less than or equal to 21600",
        ),
        ({"HyperParameters": {"k": "v" * 2501}}, r"Map value must satisfy constraint: \[Member must have length"),
        ({"Tags": [{"Key": "a!", "Value": "v"}]}, r"'tags.1.member.key'"),
        ({"Tags": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]}, "Duplicate tag keys"),
        ({"Tags": [{"Key": "AWS:mine", "Value": "1"}]}, "aws: prefixed tag key names are not allowed"),
        (SPOT, "Invalid MaxWaitTimeInSeconds"),
        (
            {**SPOT, "StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 599}},
            "greater than MaxRuntimeInSeconds",
        ),
        (
            {"StoppingCondition": {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 600}},
            "only be given when EnableManagedSpotTraining",
        ),
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "Could not assume role .*/nobody"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://not-there/x"}}, "bucket 'not-there' .* does not exist"),
        ({"InputDataConfig": NOWHERE}, 'No S3 objects found under S3 URL "s3://work/nothing/"'),
        ({"AlgorithmSpecification": {**ALGORITHM, "AlgorithmName": "two"}}, "Exactly one of TrainingImage"),
    ],
)
def test_a_request_that_aws_would_refuse(emulator: Emulator, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=told) as refused:
        emulator.client("sagemaker").create_training_job(**request("refused", "true", **change))
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_request_without_its_required_members(emulator: Emulator) -> None:
    unchecked = boto3.client("sagemaker", endpoint_url=emulator.url, config=Config(parameter_validation=False))
    with pytest.raises(ClientError, match=r"Value null at 'roleArn' .*must not be null"):
        unchecked.create_training_job(TrainingJobName="x", OutputDataConfig={"S3OutputPath": "s3://work/x"})


def test_what_is_not_emulated_says_so(emulator: Emulator) -> None:
    with pytest.raises(ClientError) as refused:
        emulator.client("sagemaker").list_pipelines()
    assert refused.value.response["Error"] == {
        "Code": "UnknownOperationException",
        "Message": "ListPipelines is not emulated by this sandbox",
    }
    with pytest.raises(ClientError, match="not emulated") as refused:
        emulator.client("sagemaker-runtime").invoke_endpoint_async(EndpointName="e", InputLocation="s3://work/x")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_a_job_without_a_command_fails_in_words(emulator: Emulator) -> None:
    said = request("imageless", "")
    del said["AlgorithmSpecification"]["ContainerEntrypoint"], said["AlgorithmSpecification"]["ContainerArguments"]
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_training_job(**said)
    assert "runs processes, not images" in ended(sagemaker, "imageless")["FailureReason"]


def test_missing_jobs(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    for ask in (sagemaker.describe_training_job, sagemaker.stop_training_job, sagemaker.delete_training_job):
        with pytest.raises(ClientError, match="Requested resource not found") as refused:
            ask(TrainingJobName="nobody")
        assert refused.value.response["Error"]["Code"] == "ValidationException"
    with pytest.raises(ClientError, match="Invalid NextToken"):
        sagemaker.list_training_jobs(NextToken="nonsense")


@pytest.mark.parametrize("operation", IMPLEMENTED)
def test_every_pattern_of_the_model_is_understood(operation: str) -> None:
    def walk(shape: Any, seen: set[str]) -> int:
        if shape.name in seen:
            return 0
        seen.add(shape.name)
        if shape.type_name == "string":
            validation.compiled(shape.metadata.get("pattern", ""))
            return 1
        parts = {"structure": lambda: shape.members.values(), "list": lambda: [shape.member],
                 "map": lambda: [shape.key, shape.value]}.get(shape.type_name, list)()  # fmt: skip
        return sum(walk(part, seen) for part in parts)

    assert walk(validation.model().operation_model(operation).input_shape, set()) > 0
