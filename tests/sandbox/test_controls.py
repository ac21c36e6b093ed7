"""The controls of a tester, and an account that outlives its emulator."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError

from tests.sandbox.emulator import Emulator, ended, reaches, request, shipped, until
from tradewind.host.processes import marked

COUNTING = """
n=$(cat $SAGEMAKER_BASE_DIR/checkpoints/n 2>/dev/null || echo 0)
echo $((n + 1)) > $SAGEMAKER_BASE_DIR/checkpoints/n
if [ $n -ge 1 ]; then echo "resumed after $n" > $SAGEMAKER_BASE_DIR/output/data/told; exit 0; fi
trap 'exit 143' TERM
while :; do sleep 0.05; done
"""
CHECKPOINTS = {"CheckpointConfig": {"S3Uri": "s3://work/ckpt"}}


def counted(emulator: Emulator) -> bool:
    return "Contents" in emulator.client("s3").list_objects_v2(Bucket="work", Prefix="ckpt/")


def test_throttle_and_lost_answer(own_emulator: Emulator) -> None:
    sagemaker = own_emulator.client("sagemaker")
    own_emulator.control("throttle", operation="CreateTrainingJob", times=1)
    with pytest.raises(ClientError, match="Rate exceeded") as refused:
        sagemaker.create_training_job(**request("lost", "true"))
    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    own_emulator.control("lose", operation="CreateTrainingJob")
    with pytest.raises(ConnectionClosedError):
        sagemaker.create_training_job(**request("lost", "true"))
    assert ended(sagemaker, "lost")["TrainingJobStatus"] == "Completed"


def test_wished_failures(own_emulator: Emulator) -> None:
    sagemaker = own_emulator.client("sagemaker")
    own_emulator.control("fail", job="doomed", reason="AlgorithmError: as you wish")
    own_emulator.control("capacity", times=1)
    sagemaker.create_training_job(**request("first", "true"))
    assert ended(sagemaker, "first")["FailureReason"].startswith("CapacityError: Unable to provision")
    sagemaker.create_training_job(**request("doomed", "true"))
    assert ended(sagemaker, "doomed")["FailureReason"] == "AlgorithmError: as you wish"
    sagemaker.create_training_job(**request("fine", "true"))
    assert ended(sagemaker, "fine")["TrainingJobStatus"] == "Completed"


def test_preempted_spot_job_goes_on_from_its_checkpoint(own_emulator: Emulator) -> None:
    sagemaker = own_emulator.client("sagemaker")
    stopping = {"MaxRuntimeInSeconds": 600, "MaxWaitTimeInSeconds": 900}
    more = {"EnableManagedSpotTraining": True, "StoppingCondition": stopping, **CHECKPOINTS}
    sagemaker.create_training_job(**shipped(own_emulator, "spot", COUNTING, **more))
    reaches(sagemaker, "spot", "Training")
    until(lambda: counted(own_emulator))
    own_emulator.control("preempt", job="spot")
    end = ended(sagemaker, "spot")
    assert end["TrainingJobStatus"] == "Completed", end.get("FailureReason")
    states = [entry["Status"] for entry in end["SecondaryStatusTransitions"]]
    again = ["Starting", "Downloading", "Training"]
    assert states == [*again, "Interrupted", *again, "Uploading", "Completed"]
    assert end["BillableTimeInSeconds"] < end["TrainingTimeInSeconds"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_lost_by_a_restart(own_emulator: Emulator, number: signal.Signals) -> None:
    sagemaker = own_emulator.client("sagemaker")
    sagemaker.create_training_job(**request("before", "echo m > /opt/ml/model/m", Tags=[{"Key": "a", "Value": "1"}]))
    before = ended(sagemaker, "before")
    sagemaker.create_training_job(**shipped(own_emulator, "under-way", COUNTING, **CHECKPOINTS))
    reaches(sagemaker, "under-way", "Training")
    until(lambda: counted(own_emulator))
    kept = own_emulator.data / "account" / "s3.pickle"
    until(lambda: b"ckpt/n" in kept.read_bytes())
    own_emulator.end(number)
    own_emulator.start("--speed", "600", "--grace", "5")
    sagemaker = own_emulator.client("sagemaker")
    after = sagemaker.describe_training_job(TrainingJobName="before")
    before.pop("ResponseMetadata"), after.pop("ResponseMetadata")
    assert after == before
    assert sagemaker.list_tags(ResourceArn=before["TrainingJobArn"])["Tags"] == [{"Key": "a", "Value": "1"}]
    bucket = own_emulator.client("s3")
    assert bucket.get_object(Bucket="work", Key="out/before/output/model.tar.gz")["Body"].read()
    assert own_emulator.client("iam").get_role(RoleName="trainer")["Role"]["RoleName"] == "trainer"
    end = ended(sagemaker, "under-way")
    assert end["TrainingJobStatus"] == "Completed", end.get("FailureReason")
    assert "Restarting" in [entry["Status"] for entry in end["SecondaryStatusTransitions"]]
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_training_job(**request("before", "true"))


def test_a_spot_job_that_waits_too_long_is_given_up(own_emulator: Emulator) -> None:
    own_emulator.control("speed", speed=6)  # ten seconds of Starting
    sagemaker = own_emulator.client("sagemaker")
    stopping = {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1}
    said = request("waits", "true", EnableManagedSpotTraining=True, StoppingCondition=stopping)
    sagemaker.create_training_job(**said)
    end = ended(sagemaker, "waits")
    assert (end["TrainingJobStatus"], end["SecondaryStatus"]) == ("Stopped", "MaxWaitTimeExceeded")
    assert "TrainingStartTime" not in end


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_no_process_outlives_the_emulator(own_emulator: Emulator, number: signal.Signals) -> None:
    sagemaker = own_emulator.client("sagemaker")
    sagemaker.create_training_job(**request("sleeper", "sleep 600 & wait"))
    reaches(sagemaker, "sleeper", "Training")
    mark = str(own_emulator.data / "training-jobs" / "us-east-1" / "sleeper" / "algo-1")
    until(lambda: any(process.name() == "sleep" for process in marked(mark)))
    own_emulator.end(number)
    until(lambda: not marked(mark))
    own_emulator.start()
    assert own_emulator.client("sagemaker").describe_training_job(TrainingJobName="sleeper")


def test_a_job_that_does_not_heed_a_stop_is_killed(own_emulator: Emulator) -> None:
    own_emulator.control("speed", grace=0.3)
    sagemaker = own_emulator.client("sagemaker")
    script = "trap '' TERM; echo up > /opt/ml/checkpoints/n; while :; do sleep 0.05; done"
    sagemaker.create_training_job(**request("deaf", script, **CHECKPOINTS))
    until(lambda: counted(own_emulator))
    sagemaker.stop_training_job(TrainingJobName="deaf")
    end = ended(sagemaker, "deaf")
    assert end["TrainingJobStatus"] == "Stopped"
    assert end["ModelArtifacts"]["S3ModelArtifacts"].endswith("/deaf/output/model.tar.gz")


def test_one_folder_has_one_emulator(own_emulator: Emulator) -> None:
    argv = [sys.executable, "-m", "tradewind.sandbox.aws", "--data", str(own_emulator.data)]
    second = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert second.returncode == 1
    assert "another emulator has" in second.stderr
