"""What the emulated SageMaker refuses of models, endpoint configurations, endpoints and their tags, and in which words."""

from __future__ import annotations

import re
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator
from tests.sandbox.hosted import ROLE, SKLEARN, config, look, model, packed, put, served, variant
from tradewind.sandbox.aws import validation

ARN = "arn:aws:sagemaker:us-east-1:123456789012"
DATA = "s3://work/refused.tar.gz"
PLAIN = {"Image": SKLEARN, "ModelDataUrl": DATA}


@pytest.fixture(scope="module")
def sagemaker(emulator: Emulator) -> Any:
    put(emulator, "refused.tar.gz", packed({"w": ""}))
    config(emulator, model(emulator, "base"))
    return unchecked(emulator)


def unchecked(emulator: Emulator) -> Any:
    """As clients in other languages are: what botocore would refuse by itself goes out."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    return boto3.client("sagemaker", endpoint_url=emulator.url, config=Config(parameter_validation=False), **keys)


def refused(told: str, call: Any, code: str = "ValidationException", **said: Any) -> None:
    with pytest.raises(ClientError) as caught:
        call(**said)
    error = caught.value.response["Error"]
    assert error["Code"] == code
    assert re.search(told, error["Message"]), error["Message"]


def source(uri: str, kind: str, packed: str) -> dict[str, Any]:
    return {"S3Uri": uri, "S3DataType": kind, "CompressionType": packed}


def data(uri: str, kind: str, packed: str) -> dict[str, Any]:
    return {"S3DataSource": source(uri, kind, packed)}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({}, "Exactly one of PrimaryContainer and Containers"),
        ({"PrimaryContainer": PLAIN, "Containers": [PLAIN]}, "Exactly one of PrimaryContainer and Containers"),
        ({"Containers": [PLAIN, PLAIN]}, "does not emulate an inference pipeline"),
        ({"PrimaryContainer": {"ModelDataUrl": DATA}}, "Image must be given"),
        ({"PrimaryContainer": {**PLAIN, "Mode": "MultiModel"}}, "does not emulate a multi-model"),
        ({"PrimaryContainer": {"Image": "no image"}}, "'primaryContainer.image'.*regular expression"),
        ({"PrimaryContainer": {**PLAIN, "ModelDataSource": data(DATA, "S3Object", "Gzip")}},
         "cannot be given together"),
        ({"PrimaryContainer": {"Image": SKLEARN, "ModelDataSource": data("s3://work/m", "S3Prefix", "None")}},
         "must end with a forward slash"),
        ({"PrimaryContainer": {"Image": SKLEARN, "ModelDataSource": data("s3://work/m/", "S3Prefix", "Gzip")}},
         "Gzip can only be given with S3DataType S3Object"),
        ({"PrimaryContainer": {**PLAIN, "ModelDataUrl": "s3://work/none.tar.gz"}},
         r"^Could not find model data at s3://work/none\.tar\.gz\.$"),
        ({"PrimaryContainer": {**PLAIN, "ModelDataUrl": "s3://no-such-bucket/m.tar.gz"}}, "^Could not find model data"),
        ({"PrimaryContainer": PLAIN, "ExecutionRoleArn": "arn:aws:iam::123456789012:role/nobody"},
         f'^Could not access model data at {DATA}. Please ensure that the role "arn:aws:iam::123456789012:role/nobody" exists'),
        ({"PrimaryContainer": {**PLAIN, "AdditionalModelDataSources": [
            {"ChannelName": "c", "S3DataSource": source(DATA, "S3Object", "Gzip")}] * 2}}, "Channel names"),
        ({"PrimaryContainer": {**PLAIN, "AdditionalModelDataSources": [
            {"ChannelName": f"c{n}", "S3DataSource": source(DATA, "S3Object", "Gzip")} for n in range(6)]}},
         "Member must have length less than or equal to 5"),
        ({"PrimaryContainer": PLAIN, "Tags": [{"Key": "k", "Value": "1"}, {"Key": "k", "Value": "2"}]}, "Duplicate tag keys"),
    ],
)  # fmt: skip
def test_models(sagemaker: Any, said: dict[str, Any], told: str) -> None:
    refused(told, sagemaker.create_model, **{"ModelName": "bad", "ExecutionRoleArn": ROLE, **said})


@pytest.mark.parametrize(
    ("variants", "more", "told"),
    [
        ([variant("base"), variant("base")], {}, "Variant names must be unique"),
        ([variant("nothing")], {}, rf'^Could not find model "{ARN}:model/nothing"\.$'),
        ([variant("base", InstanceType="ml.huge")], {}, "'productionVariants.1.member.instanceType' .* enum value set"),
        ([variant("base", ManagedInstanceScaling={"Status": "ENABLED"})], {},
         "^ManagedInstanceScaling is only supported for inference component endpoints.$"),
        ([{"VariantName": "a", "ModelName": "base", "InstanceType": "ml.m5.large"}], {}, "InitialInstanceCount must be given"),
        ([{"VariantName": "a", "ModelName": "base", "ServerlessConfig": {"MemorySizeInMB": 1024, "MaxConcurrency": 1}}], {},
         "does not emulate a serverless variant"),
        ([variant("base", InitialVariantWeight=0.0)], {}, "At least one production variant"),
        ([variant("base", InstanceType="ml.g5.xlarge")], {"KmsKeyId": "key-1"}, "KmsKeyId cannot be given"),
        ([variant("base", ContainerStartupHealthCheckTimeoutInSeconds=30)], {}, "greater than or equal to 60"),
        ([variant("base")], {"DataCaptureConfig": {"InitialSamplingPercentage": 5, "DestinationS3Uri": "s3://none/x",
                                                   "CaptureOptions": [{"CaptureMode": "Input"}]}}, "does not exist"),
    ],
)  # fmt: skip
def test_configurations(sagemaker: Any, variants: list[Any], more: dict[str, Any], told: str) -> None:
    refused(told, sagemaker.create_endpoint_config, EndpointConfigName="bad", ProductionVariants=variants, **more)


def test_names_are_taken_once(sagemaker: Any) -> None:
    refused(rf'^Cannot create already existing model "{ARN}:model/base"\.$', sagemaker.create_model,
            ModelName="base", ExecutionRoleArn=ROLE, PrimaryContainer=PLAIN)  # fmt: skip
    refused(rf'^Cannot create already existing endpoint configuration "{ARN}:endpoint-config/base"\.$',
            sagemaker.create_endpoint_config, EndpointConfigName="base", ProductionVariants=[variant("base")])  # fmt: skip


def test_what_is_not_there(sagemaker: Any) -> None:
    for kind, calls in (
        ("model", (sagemaker.describe_model, sagemaker.delete_model)),
        ("endpoint configuration", (sagemaker.describe_endpoint_config, sagemaker.delete_endpoint_config)),
        ("endpoint", (sagemaker.describe_endpoint, sagemaker.delete_endpoint)),
    ):
        word = {"model": "ModelName", "endpoint configuration": "EndpointConfigName"}.get(kind, "EndpointName")
        resource = kind.replace(" configuration", "-config")
        for call in calls:
            refused(rf'^Could not find {kind} "{ARN}:{resource}/none"\.$', call, **{word: "none"})
    refused(rf'^Could not find endpoint configuration "{ARN}:endpoint-config/none"\.$', sagemaker.create_endpoint,
            EndpointName="e", EndpointConfigName="none")  # fmt: skip
    refused(rf'^Could not find endpoint "{ARN}:endpoint/none"\.$', sagemaker.update_endpoint,
            EndpointName="none", EndpointConfigName="base")  # fmt: skip


def routing(kind: str, **more: Any) -> dict[str, Any]:
    said = {"Type": kind, "WaitIntervalInSeconds": 60, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": said, "TerminationWaitInSeconds": 60}}


def size(kind: str, value: int) -> dict[str, Any]:
    return {"Type": kind, "Value": value}


@pytest.mark.parametrize(
    ("deployment", "told"),
    [
        (routing("CANARY"), "CanarySize must be given"),
        (routing("LINEAR"), "LinearStepSize must be given"),
        (routing("ALL_AT_ONCE", CanarySize=size("CAPACITY_PERCENT", 5)), "CanarySize can only be given"),
        (routing("CANARY", CanarySize=size("CAPACITY_PERCENT", 51)), "CanarySize .* between 1 and 50 percent"),
        (routing("CANARY", CanarySize=size("INSTANCE_COUNT", 2)), r"CanarySize of 2 instance\(s\) must be at most 50%"),
        (routing("LINEAR", LinearStepSize=size("CAPACITY_PERCENT", 9)), "LinearStepSize .* between 10 and 50 percent"),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": size("CAPACITY_PERCENT", 4), "WaitIntervalInSeconds": 0}},
         "MaximumBatchSize .* between 5 and 50 percent"),
        ({"RollingUpdatePolicy": {"MaximumBatchSize": size("INSTANCE_COUNT", 3), "WaitIntervalInSeconds": 0}},
         "MaximumBatchSize of 3"),
        ({**routing("ALL_AT_ONCE"),
          "RollingUpdatePolicy": {"MaximumBatchSize": size("CAPACITY_PERCENT", 50), "WaitIntervalInSeconds": 0}}, "Only one of"),
        ({"BlueGreenUpdatePolicy": {**routing("ALL_AT_ONCE")["BlueGreenUpdatePolicy"], "TerminationWaitInSeconds": 3600,
                                    "MaximumExecutionTimeoutInSeconds": 600}}, "must be greater than the total waiting time"),
        ({"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "none"}]}}, "Could not find .* CloudWatch alarms: none"),
    ],
)  # fmt: skip
def test_deployments(emulator: Emulator, sagemaker: Any, deployment: dict[str, Any], told: str) -> None:
    one_of(emulator, "guarded", 3)
    refused(
        told,
        sagemaker.update_endpoint,
        EndpointName="guarded",
        EndpointConfigName="base-of-3",
        DeploymentConfig=deployment,
    )
    assert look(emulator, "guarded")["EndpointStatus"] == "InService"


def one_of(emulator: Emulator, name: str, count: int) -> None:
    """The endpoint and a configuration to update it to, made once."""
    names = [row["EndpointName"] for row in emulator.client("sagemaker").list_endpoints(MaxResults=100)["Endpoints"]]
    if name not in names:
        served(emulator, name)
        config(emulator, f"base-of-{count}", variant("base", count=count))


def test_updates_of_an_endpoint(emulator: Emulator, sagemaker: Any) -> None:
    served(emulator, "still")
    refused('^Cannot update endpoint with the currently in use endpoint configuration "still"', sagemaker.update_endpoint,
            EndpointName="still", EndpointConfigName="still")  # fmt: skip
    for said, told in (
        ({"VariantName": "b", "DesiredWeight": 1}, "Could not find variant"),
        ({"VariantName": "a", "DesiredInstanceCount": 0}, "must be at least 1"),
        ({"VariantName": "a", "DesiredWeight": 0}, "weight greater than 0"),
    ):
        refused(
            told,
            sagemaker.update_endpoint_weights_and_capacities,
            EndpointName="still",
            DesiredWeightsAndCapacities=[said],
        )
    config(emulator, "other-names", variant("base", "b"))
    canary = routing("CANARY", CanarySize=size("CAPACITY_PERCENT", 50))
    refused("must have the same variant names", sagemaker.update_endpoint,
            EndpointName="still", EndpointConfigName="other-names", DeploymentConfig=canary)  # fmt: skip
    sagemaker.delete_endpoint_config(EndpointConfigName="still")
    refused(rf'^Could not find endpoint configuration "{ARN}:endpoint-config/still"\.$', sagemaker.update_endpoint,
            EndpointName="still", EndpointConfigName="base")  # fmt: skip


def test_quotas_by_their_names(emulator: Emulator, sagemaker: Any) -> None:
    emulator.control("quota", name="ml.g5.xlarge for endpoint usage", value=1)
    config(emulator, "two-gpus", variant("base", count=2, InstanceType="ml.g5.xlarge"))
    refused(
        "^The account-level service limit 'ml.g5.xlarge for endpoint usage' is 1 Instances, with current utilization of 0 "
        "Instances and a request delta of 2 Instances. Please use AWS Service Quotas to request an increase",
        sagemaker.create_endpoint, "ResourceLimitExceeded", EndpointName="gpus", EndpointConfigName="two-gpus",
    )  # fmt: skip
    with pytest.raises(ClientError, match="Could not find endpoint"):
        look(emulator, "gpus")


def test_an_instance_type_that_autoscaling_knows_stays(emulator: Emulator, sagemaker: Any) -> None:
    served(emulator, "fixed")
    scaling = emulator.client("application-autoscaling")
    target = {"ServiceNamespace": "sagemaker", "ResourceId": "endpoint/fixed/variant/a",
              "ScalableDimension": "sagemaker:variant:DesiredInstanceCount"}  # fmt: skip
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    config(emulator, "larger", variant("base", InstanceType="ml.m5.xlarge"))
    refused("instance type of variant a cannot be changed", sagemaker.update_endpoint,
            EndpointName="fixed", EndpointConfigName="larger")  # fmt: skip
    scaling.deregister_scalable_target(**target)
    sagemaker.update_endpoint(EndpointName="fixed", EndpointConfigName="larger")


def test_tags_of_every_kind(emulator: Emulator, sagemaker: Any) -> None:
    served(emulator, "tagged")
    for kind in ("model", "endpoint-config", "endpoint"):
        arn = f"{ARN}:{kind}/tagged"
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []
        sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "k", "Value": kind}, {"Key": "x", "Value": ""}])
        sagemaker.delete_tags(ResourceArn=arn, TagKeys=["x"])
        assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "k", "Value": kind}]
        refused("Could not find resource", sagemaker.list_tags, ResourceArn=f"{ARN}:{kind}/none")
        many = [{"Key": str(n), "Value": ""} for n in range(50)]
        refused("at most 50 tags", sagemaker.add_tags, "ResourceLimitExceeded", ResourceArn=arn, Tags=many)


@pytest.mark.parametrize(
    "operation",
    ["CreateModel", "ListModels", "CreateEndpointConfig", "ListEndpointConfigs", "CreateEndpoint", "UpdateEndpoint",
     "UpdateEndpointWeightsAndCapacities", "DeleteEndpoint", "ListEndpoints"],
)  # fmt: skip
def test_every_pattern_of_the_model_is_understood(operation: str) -> None:
    def walk(shape: Any) -> int:
        if shape.type_name == "string":
            validation.compiled(shape.metadata.get("pattern", ""))
            return 1
        parts = {"structure": lambda: shape.members.values(), "list": lambda: [shape.member],
                 "map": lambda: [shape.key, shape.value]}.get(shape.type_name, list)()  # fmt: skip
        return sum(walk(part) for part in parts)

    assert walk(validation.model().operation_model(operation).input_shape) > 0
