"""CreateTrainingJob requests, held against the service's model and against files that people can read."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tradewind.engine import runtime
from tradewind.errors import ProviderError
from tradewind.providers.aws import train_request as it
from tradewind.providers.aws.ground import Ground, ground
from tradewind.spec.clouds.aws import AwsTrain, InstanceGroup
from tradewind.training_jobs.dialects import translate
from tradewind.training_jobs.job import read
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run

from .requests import faults, same_as_golden

ROLE = "arn:aws:iam::123456789012:role/runtime"
GROUND = Ground("eu-west-1", ROLE)
HOUR = timedelta(hours=1)


def object_at(path: str, single: bool = False) -> Artifact:
    return Artifact(f"s3://bucket/p/default/{path}", "sha256:0", single)


BOX = Container(
    "sagemaker/pytorch-training:2.9.0-gpu-py312", Machine("ml.g5.xlarge", 4, 16, "A10G", 1), Hardware(),
    env={"LEVEL": "info"}, secrets={"TOKEN": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token"},
    code=object_at("bundles/c0de.tar.gz", single=True), runtime=object_at("runtime/5e1f.tar.gz", single=True),
    requirements="requirements.txt",
)  # fmt: skip
RUN = Run(
    "p-default-1a2b3c4d-1", "sha256:1a2b", BOX, ("python", "train.py", "--lr", "0.1"), {"lr": 0.1, "name": "a", "deep": True},
    {"train": object_at("data/7a1d")}, "s3://bucket/p/default/runs/1a2b", None, HOUR, tags={"tradewind-project": "p"},
)  # fmt: skip
P5 = replace(
    RUN,
    container=replace(BOX, machine=Machine("ml.p5.48xlarge", 192, 2048, "H100", 8), options=AwsTrain(
        retries=3, encrypt_traffic=True, subnets=("subnet-1", "subnet-2"), security_groups=("sg-1",), output_kms_key="alias/out",
        metrics={"loss": "loss=([0-9.]+)"}, profiler=True, remote_debug=True, tensorboard="s3://bucket/tb", max_wait=8 * HOUR,
    )),
    nodes=4, spot=True, launcher="torchrun", checkpoint="s3://bucket/p/default/checkpoints/1a2b", max_runtime=6 * HOUR,
    streams=frozenset({"train"}),
)  # fmt: skip


@pytest.mark.parametrize(("name", "run"), [("train_g5.json", RUN), ("train_p5_spot.json", P5)])
def test_as_people_can_read_it(name: str, run: Run) -> None:
    made = it.request(run, GROUND)
    assert faults("CreateTrainingJob", made) == []
    same_as_golden(name, made)


def options(**more: Any) -> dict[str, Any]:
    box = replace(BOX, machine=Machine("ml.m5.large", 2, 8), options=AwsTrain(**more))
    made = it.request(replace(RUN, container=box), GROUND)
    assert faults("CreateTrainingJob", made) == []
    return made


def test_what_the_block_names() -> None:
    groups = (
        InstanceGroup(name="a", instance_type="ml.g5.xlarge", count=2),
        InstanceGroup(name="b", instance_type="ml.c5.xlarge"),
    )
    made = options(instance_groups=groups)["ResourceConfig"]
    assert [g["InstanceCount"] for g in made["InstanceGroups"]] == [2, 1]
    assert not {"InstanceType", "InstanceCount"} & set(made)
    assert options(keep_alive=HOUR)["ResourceConfig"]["KeepAlivePeriodInSeconds"] == 3600
    assert options(volume_kms_key="k")["ResourceConfig"]["VolumeKmsKeyId"] == "k"
    assert options(network_isolation=True)["EnableNetworkIsolation"] is True
    assert options(compression="gzip")["OutputDataConfig"]["CompressionType"] == "GZIP"
    assert options(role="arn:aws:iam::123456789012:role/other")["RoleArn"].endswith("/other")
    plan = "arn:aws:sagemaker:eu-west-1:123456789012:training-plan/p"
    assert options(training_plan=plan)["ResourceConfig"]["TrainingPlanArn"] == plan


def test_a_volume_only_where_the_machine_has_no_disk() -> None:
    assert "VolumeSizeInGB" not in it.request(RUN, GROUND)["ResourceConfig"]
    assert options()["ResourceConfig"]["VolumeSizeInGB"] == it.DEFAULT_DISK_GIB
    groups = (
        InstanceGroup(name="a", instance_type="ml.g5.xlarge"),
        InstanceGroup(name="b", instance_type="ml.c5.xlarge"),
    )
    mixed = options(instance_groups=groups, volume_kms_key="k")["ResourceConfig"]
    assert mixed["VolumeSizeInGB"] == it.DEFAULT_DISK_GIB
    assert "VolumeKmsKeyId" not in mixed, "no key may be asked for where one machine has a disk of its own"


def channels(run: Run) -> dict[str, tuple[str, str]]:
    made = it.request(run, GROUND)
    assert faults("CreateTrainingJob", made) == []
    return {
        c["ChannelName"]: (
            c["DataSource"]["S3DataSource"]["S3Uri"].removeprefix("s3://bucket/p/default/"),
            c["InputMode"],
        )
        for c in made["InputDataConfig"]
    }


def test_a_folder_is_not_its_siblings() -> None:
    """S3Prefix `data` also means `data2/`; one object can only be named as it is."""
    inputs = {"a": object_at("data"), "b": object_at("data/"), "c": object_at("data/x.csv", single=True)}
    found = channels(replace(RUN, inputs=inputs))
    assert (found["a"], found["b"], found["c"]) == (("data/", "File"), ("data/", "File"), ("data/x.csv", "File"))
    assert found[it.CODE] == ("bundles/c0de.tar.gz", "File")
    assert found[it.RUNTIME] == ("runtime/5e1f.tar.gz", "File")


def test_streams_are_of_folders() -> None:
    inputs = {"a": object_at("data"), "c": object_at("data/x.csv", single=True)}
    found = channels(replace(RUN, inputs=inputs, streams=frozenset({"a", "c"})))
    assert (found["a"], found["c"]) == (("data/", "FastFile"), ("data/x.csv", "File"))


def test_the_job_tells_its_digest() -> None:
    assert it.request(RUN, GROUND)["Environment"]["TW_RUN_DIGEST"] == RUN.digest
    hidden = replace(RUN, container=replace(BOX, env={"TW_RUN_DIGEST": "mine"}))
    assert it.request(hidden, GROUND)["Environment"]["TW_RUN_DIGEST"] == RUN.digest


def test_half_a_network_is_refused() -> None:
    for half in ({"subnets": ("subnet-1",)}, {"security_groups": ("sg-1",)}):
        with pytest.raises(ProviderError, match="are known, but no"):
            options(**half)


def test_tags_that_sagemaker_takes() -> None:
    made = it.request(replace(RUN, tags={"team": "Équipe 日本, 🚀"}), GROUND)
    assert {"Key": "team", "Value": "Équipe 日本=2C= =1F680="} in made["Tags"]


def test_spot_waits_at_least_as_long_as_it_runs() -> None:
    said = it.request(replace(RUN, spot=True), GROUND)["StoppingCondition"]
    assert said == {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200}


def test_the_foundation_gives_what_is_unsaid() -> None:
    outputs = {"runtime_role": ROLE, "subnets": "subnet-1,subnet-2", "security_groups": "sg-1", "kms_key": "k"}
    made = it.request(RUN, ground(Foundation("s3://bucket", outputs=outputs), "eu-west-1"))
    assert faults("CreateTrainingJob", made) == []
    assert made["VpcConfig"] == {"Subnets": ["subnet-1", "subnet-2"], "SecurityGroupIds": ["sg-1"]}
    assert made["OutputDataConfig"]["KmsKeyId"] == "k"
    with pytest.raises(ProviderError, match="no execution role"):
        it.request(RUN, ground(Foundation("s3://bucket"), "eu-west-1"))


def test_the_bootstrap_reads_back_what_was_meant(tmp_path: Path) -> None:
    """As the container sees it: the request's environment and the files that SageMaker writes from the request."""
    run = replace(RUN, inputs={**RUN.inputs, "code": object_at("data/0dd")})
    made = it.request(run, GROUND)
    config = tmp_path / "input" / "config"
    config.mkdir(parents=True)
    (config / "hyperparameters.json").write_text(json.dumps(made["HyperParameters"]))
    (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
    for channel in made["InputDataConfig"]:
        (tmp_path / "input" / "data" / channel["ChannelName"]).mkdir(parents=True)
    said = {name: value.replace("/opt/ml", str(tmp_path)) for name, value in made["Environment"].items()}
    environ = {**said, "SAGEMAKER_BASE_DIR": str(tmp_path), "TRAINING_JOB_NAME": made["TrainingJobName"]}
    job = read(translate(environ))
    assert job.command == run.command
    assert dict(job.parameters) == run.parameters
    assert job.secrets == run.container.secrets
    assert (job.code, job.requirements) == (str(tmp_path / "input" / "data" / it.CODE), "requirements.txt")
    assert set(job.inputs) == {"TW_INPUT_TRAIN", "TW_INPUT_CODE"}


def test_the_entrypoint_starts_the_bootstrap_from_its_channel(tmp_path: Path) -> None:
    """The very words of the request, in a shell; only the folders are others."""
    data = tmp_path / "data"
    (data / it.RUNTIME).mkdir(parents=True)
    runtime.archive().write(data / it.RUNTIME / "5e1f.tar.gz")
    shell, flag, script = it.request(RUN, GROUND)["AlgorithmSpecification"]["ContainerEntrypoint"]
    script = script.replace(it.DATA, str(data))
    (tmp_path / "work").mkdir()
    environ = {"PATH": os.environ["PATH"], "TW_COMMAND": '["sh", "-c", "echo trained > $TW_MODEL_DIR/model.txt"]',
               "SAGEMAKER_BASE_DIR": str(tmp_path), "TRAINING_JOB_NAME": "j", "TW_WORK": str(tmp_path / "work")}  # fmt: skip
    done = subprocess.run([shell, flag, script], env=environ, cwd=tmp_path / "work", capture_output=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"")
    assert (tmp_path / "model" / "model.txt").read_text() == "trained\n"


def test_the_checker_bites() -> None:
    made = it.request(RUN, GROUND)
    assert faults("CreateTrainingJob", {**made, "TrainingJobName": "bad_name"})
    assert faults("CreateTrainingJob", {**made, "Environment": {"A": "x" * 513}})
    assert faults("CreateTrainingJob", {k: v for k, v in made.items() if k != "RoleArn"})


def test_a_region_without_the_image_is_refused_by_us() -> None:
    box = replace(BOX, image="sagemaker/scikit-learn:1.9-0-cpu-py3")
    with pytest.raises(ProviderError) as caught:
        it.request(replace(RUN, container=box), Ground("eu-west-9", ROLE))
    assert (caught.value.kind, caught.value.code) == ("invalid", "TW061")
    assert "eu-west-9" in caught.value.message
    assert "aws.region" in caught.value.hint
