"""Requests of a GPU endpoint with autoscaling, held against the services' models and kept as files that people can read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tradewind.errors import ProviderError
from tradewind.providers.aws import alarms, deployment, losses, scaling
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import serve_request as it
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.info import INFO
from tradewind.spec.clouds.aws import DataCapture
from tradewind.values import Artifact, Container, Hardware, Machine, Serving, Version

from .requests import faults, same_as_golden
from .wanted import BOX, CANARY, G6E, GROUND, M5, MINUTE, SERVING, artifact, options, version, want

NAME = names.version("churn", version().digest)
FULL = version(
    container=options(
        routing="random", download_timeout=timedelta(minutes=30), health_timeout=timedelta(minutes=15),
        ami_version="al2-ami-sagemaker-inference-gpu-3-1", data_capture=DataCapture(uri="s3://bucket/seen", percent=0.2),
        subnets=("subnet-1", "subnet-2"), security_groups=("sg-1",),
        scale_in_cooldown=timedelta(minutes=10), scale_out_cooldown=timedelta(minutes=1),
    ),
    min=2, max=6,
)  # fmt: skip


def config(one: Version, ground: Ground = GROUND) -> dict[str, Any]:
    made = it.config(want(one), it.Plan(NAME, one.digest, {one.slot: one.min}, {one.slot: 1}), ground)
    assert faults("CreateEndpointConfig", made) == []
    return made


def variant(one: Version) -> dict[str, Any]:
    (found,) = config(one)["ProductionVariants"]
    return dict(found)


def model(one: Version, ground: Ground = GROUND) -> dict[str, Any]:
    made = it.model(NAME, want(one), one, ground)
    assert faults("CreateModel", made) == []
    return made


def test_a_g6e_endpoint_with_autoscaling_as_people_can_read_it() -> None:
    wish, wait = want(FULL), deployment.of_policy(CANARY).wait
    bounds = scaling.bounds(FULL)
    assert bounds is not None
    guards = alarms.requests(wish, NAME, CANARY, wait)
    made = {
        "sagemaker.CreateModel": [model(FULL)],
        "sagemaker.CreateEndpointConfig": [config(FULL)],
        "cloudwatch.PutMetricAlarm": guards,
        "application-autoscaling.RegisterScalableTarget": [scaling.registration(wish, FULL, bounds, None)],
        "application-autoscaling.PutScalingPolicy": scaling.policies(wish, FULL),
        "sagemaker.UpdateEndpoint": [
            {
                "EndpointName": "churn",
                "EndpointConfigName": NAME,
                "RetainAllVariantProperties": True,
                "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DataCaptureConfig"}],
                "DeploymentConfig": deployment.config(CANARY, [one["AlarmName"] for one in guards], None),
            }
        ],
    }
    for call, requests in made.items():
        service, operation = call.split(".")
        for request in requests:
            assert faults(operation, request, service) == []
    same_as_golden("serve_g6e.json", made)


def test_a_language_model_of_the_hub_as_people_can_read_it() -> None:
    machine = Machine("ml.g6e.12xlarge", 48, 384, "L40S", 4)
    image = INFO.image("vllm", "0.30", machine, "serve")
    assert isinstance(image, str), image
    box = Container(image, machine, Hardware(), env={"SM_VLLM_MAX_MODEL_LEN": "8192"})
    commit = "b968826d9c46dd6066d109eabc6255188de91218"
    one = Version(
        "a", "sha256:11e", box, Artifact(f"hf:Qwen/Qwen3-8B@{commit}", "sha256:4"),
        Serving(framework="vllm", startup_timeout=timedelta(minutes=30)),
    )  # fmt: skip
    assert not [loss for loss in losses.losses(None, want(one), None) if loss.fatal]
    name = names.version("churn", one.digest)
    plan = it.Plan(name, one.digest, {"a": 1}, {"a": 1})
    made = {
        "sagemaker.CreateModel": [it.model(name, want(one), one, GROUND)],
        "sagemaker.CreateEndpointConfig": [it.config(want(one), plan, GROUND)],
    }
    for call, requests in made.items():
        assert [fault for request in requests for fault in faults(call.split(".")[1], request)] == []
    same_as_golden("serve_vllm.json", made)


def test_a_model_is_a_folder_or_one_object() -> None:
    def source(uri: str, single: bool) -> dict[str, str]:
        box = model(replace(version(), model=Artifact(uri, "sha256:0", single)))["PrimaryContainer"]
        return dict(box["ModelDataSource"]["S3DataSource"])

    folder = {"S3Uri": "s3://b/m/", "S3DataType": "S3Prefix", "CompressionType": "None"}
    assert source("s3://b/m", False) == source("s3://b/m/", False) == folder
    packed = {"S3Uri": "s3://b/m.tar.gz", "S3DataType": "S3Object", "CompressionType": "Gzip"}
    assert source("s3://b/m.tar.gz", True) == packed
    assert source("s3://b/m.joblib", True)["CompressionType"] == "None"


def test_what_our_server_is_told() -> None:
    env = model(version())["PrimaryContainer"]["Environment"]
    assert env["LEVEL"] == "info"
    assert json.loads(env["TW_SECRETS"]) == dict(BOX.secrets)
    assert (env["TW_HANDLER"], env["TW_REQUIREMENTS"], env["TW_FRAMEWORK"]) == (
        "serve.py",
        "requirements.txt",
        "pytorch",
    )
    assert (env["TW_CONCURRENCY"], env["TW_REQUEST_TIMEOUT"]) == ("8", "60")
    assert "TW_INDEX" not in env
    own = model(
        version(container=replace(BOX, image="1.dkr.ecr.eu-west-1.amazonaws.com/own:1", env={"PYTHONPATH": "/mine"}))
    )
    told = own["PrimaryContainer"]["Environment"]
    assert told["PYTHONPATH"] == "/opt/ml/additional-model-data-sources/tradewind-runtime:/mine"


def test_limits_of_a_request_are_sagemakers() -> None:
    serving = replace(SERVING, timeout=timedelta(minutes=5), max_body=1 << 30)
    env = model(version(serving=serving))["PrimaryContainer"]["Environment"]
    assert (env["TW_REQUEST_TIMEOUT"], env["TW_MAX_BODY"]) == ("60", str(losses.BODY))


def test_another_server_gets_the_users_variables_alone() -> None:
    image = "1.dkr.ecr.eu-west-1.amazonaws.com/their-server:1"
    box = Container(image, G6E, Hardware(), env={"A": "b"}, code=artifact("c.tar.gz"), runtime=artifact("r.tar.gz"))
    made = model(version(container=box, serving=Serving()))["PrimaryContainer"]
    assert made["Environment"] == {"A": "b"}
    assert "AdditionalModelDataSources" not in made


def test_a_model_of_the_hub_is_fetched_by_the_container() -> None:
    box = replace(
        BOX, image="sagemaker/vllm:0.30.0-gpu-py312-cu129-ubuntu22.04-sagemaker", secrets={}, requirements=None
    )
    hub = version(container=box, serving=Serving(framework="vllm"), model=Artifact("hf:org/name@main", "sha256:0"))
    image = {"763104351884.dkr.ecr.eu-west-1.amazonaws.com/vllm"}
    made = model(hub)["PrimaryContainer"]
    assert {made["Image"].partition(":")[0]} == image
    assert made["Environment"]["SM_VLLM_MODEL"] == "org/name"
    assert "ModelDataSource" not in made


def test_a_role_must_be_known() -> None:
    with pytest.raises(ProviderError, match="no execution role") as caught:
        it.model(NAME, want(version()), version(), Ground("eu-west-1", ""))
    assert caught.value.kind == "invalid"
    role = "arn:aws:iam::123456789012:role/other"
    assert model(version(container=options(role=role)), Ground("eu-west-1", ""))["ExecutionRoleArn"] == role
    with pytest.raises(ProviderError, match="not known to be in region"):
        it.model(NAME, want(version()), version(), Ground("mars-north-1", role))


def test_the_foundation_gives_what_is_unsaid() -> None:
    ground = Ground("eu-west-1", GROUND.role, ("subnet-1",), ("sg-1",), "key")
    assert model(version(), ground)["VpcConfig"] == {"Subnets": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    m5 = version(container=replace(BOX, machine=M5))
    assert config(m5, ground)["KmsKeyId"] == "key"
    assert "KmsKeyId" not in config(version(), ground), "refused where the machine has a disk of its own"


def test_a_volume_only_where_the_machine_has_no_disk() -> None:
    assert "VolumeSizeInGB" not in variant(version(container=options(volume=100 << 30)))
    assert variant(version(container=replace(options(volume=100 << 30), machine=M5)))["VolumeSizeInGB"] == 100
    need = replace(BOX, machine=M5, hardware=Hardware(disk_gib=40.5))
    assert variant(version(container=need))["VolumeSizeInGB"] == 41


@pytest.mark.parametrize(("startup", "seconds"), [(MINUTE / 2, 60), (MINUTE * 10, 600), (MINUTE * 90, 3600)])
def test_a_container_has_as_long_as_sagemaker_allows(startup: timedelta, seconds: int) -> None:
    found = variant(version(serving=replace(SERVING, startup_timeout=startup)))
    assert found["ContainerStartupHealthCheckTimeoutInSeconds"] == seconds


def test_without_a_network() -> None:
    assert model(version(container=options(network_isolation=True)))["EnableNetworkIsolation"] is True


def test_an_endpoint_that_is_not_released_carries_a_tag() -> None:
    shut = replace(want(version()), traffic={})
    assert it.endpoint_tags(shut).keys() - it.endpoint_tags(want(version())).keys() == {"tradewind-closed"}


def test_at_least_one_machine() -> None:
    assert variant(version(min=0))["InitialInstanceCount"] == 1


@pytest.mark.parametrize("endpoint", ["churn", "Churn-PROD", "x" * 63, "a-" * 31 + "a"])
def test_names_fit_and_are_small(endpoint: str) -> None:
    name = names.version(endpoint, "sha256:1a2b")
    assert faults("CreateModel", {**model(version()), "ModelName": name}) == []
    assert faults("CreateEndpointConfig", {**config(version()), "EndpointConfigName": name}) == []
    assert name == name.lower()
    assert names.may_be(name, endpoint)
    assert name == names.version(endpoint, "sha256:1a2b") != names.version(endpoint, "sha256:1a2c")
    assert not names.may_be(names.version("other", "sha256:1a2b"), endpoint)
