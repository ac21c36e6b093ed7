"""Warm pools, updates and retries of training jobs, by plain boto3."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, ended, reaches, request, shipped, until
from tradewind.sandbox.aws.training.warm import Pool, matches, retained

WARM = "ml.m5.large for training warm pool usage"


def keeping(name: str, script: str = "true", seconds: int = 21600, **more: Any) -> dict[str, Any]:
    said = request(name, script, **more)
    return {**said, "ResourceConfig": {**said["ResourceConfig"], "KeepAlivePeriodInSeconds": seconds}}


def pool(sagemaker: Any, name: str) -> dict[str, Any]:
    return dict(sagemaker.describe_training_job(TrainingJobName=name)["WarmPoolStatus"])


def test_the_next_job_like_it_takes_the_instances(own_emulator: Emulator) -> None:
    own_emulator.control("speed", speed=60)
    sagemaker = own_emulator.client("sagemaker")
    sagemaker.create_training_job(**keeping("first", "sleep 0.2"))
    assert pool(sagemaker, "first") == {"Status": "InUse"}
    cold = ended(sagemaker, "first")
    assert pool(sagemaker, "first") == {"Status": "Available"}
    available = sagemaker.list_training_jobs(WarmPoolStatusEquals="Available")["TrainingJobSummaries"]
    assert [row["TrainingJobName"] for row in available] == ["first"]
    with pytest.raises(ClientError, match="retains a warm pool that is Available"):
        sagemaker.delete_training_job(TrainingJobName="first")
    unlike = keeping("unlike", seconds=60)
    unlike["ResourceConfig"]["VolumeSizeInGB"] = 11
    sagemaker.create_training_job(**unlike)
    assert pool(sagemaker, "first") == {"Status": "Available"}
    sagemaker.create_training_job(**request("second", "true"))
    taken = pool(sagemaker, "first")
    assert (taken["Status"], taken["ReusedByJob"]) == ("Reused", "second")
    assert taken["ResourceRetainedBillableTimeInSeconds"] >= 1
    warm = ended(sagemaker, "second")
    assert starting(warm) < starting(cold) / 2
    assert "WarmPoolStatus" not in warm  # it keeps nothing itself
    sagemaker.delete_training_job(TrainingJobName="first")


def starting(job: dict[str, Any]) -> float:
    first = job["SecondaryStatusTransitions"][0]
    assert first["Status"] == "Starting"
    return float((first["EndTime"] - first["StartTime"]).total_seconds())


def test_a_pool_ends_by_its_time_or_by_its_user(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_training_job(**keeping("short", seconds=60))
    ended(sagemaker, "short")
    until(lambda: pool(sagemaker, "short")["Status"] == "Terminated")
    assert pool(sagemaker, "short")["ResourceRetainedBillableTimeInSeconds"] >= 1
    with pytest.raises(ClientError, match="Available; it is Terminated"):
        sagemaker.update_training_job(TrainingJobName="short", ResourceConfig={"KeepAlivePeriodInSeconds": 600})
    sagemaker.create_training_job(**keeping("long"))
    ended(sagemaker, "long")
    sagemaker.update_training_job(TrainingJobName="long", ResourceConfig={"KeepAlivePeriodInSeconds": 18000})
    assert pool(sagemaker, "long")["Status"] == "Available"
    resources = sagemaker.describe_training_job(TrainingJobName="long")["ResourceConfig"]
    assert resources["KeepAlivePeriodInSeconds"] == 18000
    sagemaker.update_training_job(TrainingJobName="long", ResourceConfig={"KeepAlivePeriodInSeconds": 0})
    assert pool(sagemaker, "long")["Status"] == "Terminated"


def test_a_pool_needs_room_in_its_quota(own_emulator: Emulator) -> None:
    sagemaker = own_emulator.client("sagemaker")
    own_emulator.control("quota", name=WARM, value=1)
    for name in ("one", "two"):
        said = keeping(name, Environment={"N": name})
        said["ResourceConfig"]["VolumeSizeInGB"] = 10 + len(name) + (name == "two")
        sagemaker.create_training_job(**said)
        ended(sagemaker, name)
    assert [pool(sagemaker, name)["Status"] for name in ("one", "two")] == ["Available", "Terminated"]
    own_emulator.control("quota", name="ml.m5.large for training job usage", value=1)
    with pytest.raises(ClientError, match="current utilization of 1 Instances"):  # pools count as training does
        sagemaker.create_training_job(
            **keeping("third", VpcConfig={"SecurityGroupIds": ["sg-1"], "Subnets": ["subnet-1"]})
        )


def test_pools_outlive_a_restart(own_emulator: Emulator) -> None:
    sagemaker = own_emulator.client("sagemaker")
    sagemaker.create_training_job(**keeping("kept"))
    ended(sagemaker, "kept")
    own_emulator.end()
    own_emulator.start("--speed", "1")
    sagemaker = own_emulator.client("sagemaker")
    assert pool(sagemaker, "kept") == {"Status": "Available"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"EnableManagedSpotTraining": True,
          "StoppingCondition": {"MaxRuntimeInSeconds": 60, "MaxWaitTimeInSeconds": 60}}, "can't be used with managed spot"),
        ({"ResourceConfig": {"InstanceGroups": [{"InstanceType": "ml.m5.large", "InstanceCount": 1, "InstanceGroupName": "a"}],
                             "VolumeSizeInGB": 1, "KeepAlivePeriodInSeconds": 60}}, "can't be used with InstanceGroups"),
    ],
)  # fmt: skip
def test_where_there_are_no_warm_pools(emulator: Emulator, change: dict[str, Any], told: str) -> None:
    with pytest.raises(ClientError, match=told):
        emulator.client("sagemaker").create_training_job(**{**keeping("refused"), **change})


@pytest.mark.parametrize(
    ("status", "started", "reason", "kept"),
    [
        ("Completed", True, "", True),
        ("Stopped", True, "", True),
        ("Stopped", False, "", False),
        ("Failed", True, "AlgorithmError: x, exit code: 1", True),
        ("Failed", True, "ClientError: no data", True),
        ("Failed", True, "InternalServerError: x", False),
        ("Failed", False, "CapacityError: x", False),
    ],
)
def test_after_which_ends_a_pool_is_kept(status: str, started: bool, reason: str, kept: bool) -> None:
    assert retained(status, started, reason) is kept


def test_what_must_be_the_same_for_a_reuse() -> None:
    one = keeping("a")
    same = keeping("b", "false", 60, HyperParameters={"a": "1"})
    assert matches(one, same)
    for name, value in (("RoleArn", "arn:aws:iam::123456789012:role/x"), ("EnableNetworkIsolation", True),
                        ("VpcConfig", {"SecurityGroupIds": ["sg"], "Subnets": ["s"]})):  # fmt: skip
        assert not matches(one, {**same, name: value})
    assert Pool("Available", 10, 20).at(20).status == "Terminated"
    assert Pool("Available", 10, 20).taken(15, "b").shown(99) == {
        "Status": "Reused",
        "ResourceRetainedBillableTimeInSeconds": 5,
        "ReusedByJob": "b",
    }


def test_internal_errors_are_retried_as_often_as_was_asked(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    emulator.control(
        "fail", job="again", reason="InternalServerError: We encountered an internal error. Please try again."
    )
    sagemaker.create_training_job(**request("again", "true", RetryStrategy={"MaximumRetryAttempts": 1}))
    end = ended(sagemaker, "again")
    assert end["TrainingJobStatus"] == "Completed"
    states = [entry["Status"] for entry in end["SecondaryStatusTransitions"]]
    once = ["Starting", "Downloading", "Training"]
    assert states == [*once, "Restarting", *once, "Uploading", "Completed"]
    assert end["RetryStrategy"] == {"MaximumRetryAttempts": 1}
    emulator.control("fail", job="once", reason="InternalServerError: We encountered an internal error.")
    sagemaker.create_training_job(**request("once", "true"))
    assert ended(sagemaker, "once")["FailureReason"].startswith("InternalServerError")
    sagemaker.create_training_job(**request("own-fault", "exit 2", RetryStrategy={"MaximumRetryAttempts": 3}))
    end = ended(sagemaker, "own-fault")
    assert end["TrainingJobStatus"] == "Failed"
    assert "Restarting" not in [entry["Status"] for entry in end["SecondaryStatusTransitions"]]


def test_updates_of_a_job_that_runs(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_training_job(**request("watched", "sleep 600"))
    reaches(sagemaker, "watched", "Training")
    update = {"TrainingJobName": "watched"}
    arn = sagemaker.update_training_job(**update, RemoteDebugConfig={"EnableRemoteDebug": True})["TrainingJobArn"]
    assert arn.endswith(":training-job/watched")
    sagemaker.update_training_job(**update, ProfilerConfig={"S3OutputPath": "s3://work/p"})
    sagemaker.update_training_job(**update, ProfilerConfig={"ProfilingIntervalInMilliseconds": 500})
    said = sagemaker.describe_training_job(TrainingJobName="watched")
    assert said["RemoteDebugConfig"] == {"EnableRemoteDebug": True}
    assert said["ProfilerConfig"] == {"S3OutputPath": "s3://work/p", "ProfilingIntervalInMilliseconds": 500}
    with pytest.raises(ClientError, match="At least one of"):
        sagemaker.update_training_job(**update)
    with pytest.raises(ClientError, match="Requested resource not found"):
        sagemaker.update_training_job(TrainingJobName="nobody", RemoteDebugConfig={"EnableRemoteDebug": True})
    sagemaker.stop_training_job(TrainingJobName="watched")
    ended(sagemaker, "watched")
    with pytest.raises(ClientError, match="only be updated while the training job is InProgress; it is Stopped"):
        sagemaker.update_training_job(**update, RemoteDebugConfig={"EnableRemoteDebug": False})


def test_every_line_is_in_the_log(emulator: Emulator) -> None:
    """Many, empty and very long ones, in their order, also those of the last moment."""
    script = """
i=0; while [ $i -lt 3000 ]; do echo "line $i"; i=$((i+1)); done
echo
head -c 450000 /dev/zero | tr '\\0' 'x'; echo
echo last >&2
"""
    sagemaker, logs = emulator.client("sagemaker"), emulator.client("logs")
    sagemaker.create_training_job(**shipped(emulator, "talker", script))
    ended(sagemaker, "talker")
    group = "/aws/sagemaker/TrainingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="talker/")["logStreams"]
    place = {"logGroupName": group, "logStreamName": stream["logStreamName"], "startFromHead": True}
    found: list[str] = []
    token: dict[str, str] = {}
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        page = logs.get_log_events(**place, **token)
        found += [event["message"] for event in page["events"]]
        if token.get("nextToken") == page["nextForwardToken"]:
            break
        token = {"nextToken": page["nextForwardToken"]}
    assert found[:3000] == [f"line {number}" for number in range(3000)]
    assert found[3000] == " "
    assert "".join(found[3001:-1]) == "x" * 450_000
    assert found[-1] == "last"
