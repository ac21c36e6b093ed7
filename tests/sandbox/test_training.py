"""Plain boto3 programs that train on the emulated SageMaker."""

from __future__ import annotations

import io
import json
import tarfile
import threading

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, channel, ended, reaches, request, shipped, until

SHOW = """
set -e
base=$SAGEMAKER_BASE_DIR
echo "job $TRAINING_JOB_NAME at $GREETING"
cat $base/input/config/hyperparameters.json $base/input/config/resourceconfig.json $base/input/config/inputdataconfig.json
echo
echo "loss=0.5"; echo "loss=0.25" >&2
cp $base/input/data/train/a.csv $base/model/weights
mkdir $base/model/sub; echo deep > $base/model/sub/file
echo kept > $base/output/data/report
"""


def lines(emulator: Emulator, job: str) -> list[str]:
    logs = emulator.client("logs")
    group = "/aws/sagemaker/TrainingJobs"
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=f"{job}/")["logStreams"]
    found: list[str] = []
    for stream in streams:
        events = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"], startFromHead=True)
        found += [event["message"] for event in events["events"]]
    return found


def body(emulator: Emulator, key: str) -> bytes:
    return bytes(emulator.client("s3").get_object(Bucket="work", Key=key)["Body"].read())


def test_job_trains_on_its_data_and_leaves_a_model(emulator: Emulator) -> None:
    emulator.client("s3").put_object(Bucket="work", Key="data/a.csv", Body=b"1,2\n")
    sagemaker = emulator.client("sagemaker")
    said = shipped(
        emulator,
        "whole",
        SHOW,
        channel("s3://work/data/"),
        HyperParameters={"epochs": "3"},
        Environment={"GREETING": "dawn"},
    )
    said["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=([0-9.]+)"}]
    arn = sagemaker.create_training_job(**said)["TrainingJobArn"]
    assert arn == "arn:aws:sagemaker:us-east-1:123456789012:training-job/whole"
    end = ended(sagemaker, "whole")
    assert end["TrainingJobStatus"] == "Completed", end.get("FailureReason")
    states = [entry["Status"] for entry in end["SecondaryStatusTransitions"]]
    assert states == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert end["CreationTime"] <= end["TrainingStartTime"] <= end["TrainingEndTime"]
    assert end["BillableTimeInSeconds"] == end["TrainingTimeInSeconds"] >= 1
    assert end["Environment"] == {"GREETING": "dawn"}
    assert end["FinalMetricDataList"][0]["MetricName"] == "loss"
    assert end["ModelArtifacts"]["S3ModelArtifacts"] == "s3://work/out/whole/output/model.tar.gz"
    with tarfile.open(fileobj=io.BytesIO(body(emulator, "out/whole/output/model.tar.gz"))) as tar:
        assert {"weights", "sub/file"} <= set(tar.getnames())
    with tarfile.open(fileobj=io.BytesIO(body(emulator, "out/whole/output/output.tar.gz"))) as tar:
        assert tar.getnames() == ["report"]
    log = lines(emulator, "whole")
    assert "job whole at dawn" in log
    assert any('"epochs": "3"' in line and '"current_host": "algo-1"' in line for line in log)


def test_uncompressed_model_is_a_folder(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    output = {"S3OutputPath": "s3://work/out/", "CompressionType": "NONE"}
    sagemaker.create_training_job(
        **request("plain", 'mkdir "$0/m"; echo w > /opt/ml/model/sub.bin', OutputDataConfig=output)
    )
    end = ended(sagemaker, "plain")
    assert end["ModelArtifacts"]["S3ModelArtifacts"] == "s3://work/out/plain/output/model/"
    assert body(emulator, "out/plain/output/model/sub.bin") == b"w\n"


def test_failure_file_and_exit_code_are_the_reason(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_training_job(**request("bad", "echo 'no such column' > /opt/ml/output/failure; exit 3"))
    end = ended(sagemaker, "bad")
    assert (end["TrainingJobStatus"], end["SecondaryStatus"]) == ("Failed", "Failed")
    assert end["FailureReason"] == "AlgorithmError: no such column, exit code: 3"
    assert "ModelArtifacts" not in end


def test_stop_lets_the_job_save_itself(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    script = "trap 'echo saved > /opt/ml/model/m; exit 0' TERM; echo up; while :; do sleep 0.05; done"
    sagemaker.create_training_job(**request("halted", script))
    reaches(sagemaker, "halted", "Training")
    until(lambda: "up" in (lines(emulator, "halted") if _has_stream(emulator, "halted") else []))
    sagemaker.stop_training_job(TrainingJobName="halted")
    end = ended(sagemaker, "halted")
    assert (end["TrainingJobStatus"], end["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert "Stopping" in [entry["Status"] for entry in end["SecondaryStatusTransitions"]]
    assert body(emulator, "out/halted/output/model.tar.gz")
    with pytest.raises(ClientError, match=r"because the training job is in status Stopped\.") as refused:
        sagemaker.stop_training_job(TrainingJobName="halted")
    assert refused.value.response["Error"]["Code"] == "ValidationException"


def _has_stream(emulator: Emulator, job: str) -> bool:
    groups = emulator.client("logs").describe_log_groups(logGroupNamePrefix="/aws/sagemaker/TrainingJobs")["logGroups"]
    if not groups:
        return False
    said = emulator.client("logs").describe_log_streams(
        logGroupName="/aws/sagemaker/TrainingJobs", logStreamNamePrefix=f"{job}/algo-1-"
    )
    return bool(said["logStreams"])


def test_longer_than_max_runtime_is_stopped(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_training_job(**request("long", "sleep 60", StoppingCondition={"MaxRuntimeInSeconds": 1}))
    end = ended(sagemaker, "long")
    assert (end["TrainingJobStatus"], end["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_several_instances_know_each_other(emulator: Emulator) -> None:
    for name in ("1", "2"):
        emulator.client("s3").put_object(Bucket="work", Key=f"shards/{name}", Body=name.encode())
    sagemaker = emulator.client("sagemaker")
    base = "$SAGEMAKER_BASE_DIR"
    script = f"cat {base}/input/config/resourceconfig.json; ls {base}/input/data/train; echo at $MASTER_ADDR"
    resources = {
        "InstanceGroups": [
            {"InstanceGroupName": "head", "InstanceType": "ml.p4d.24xlarge", "InstanceCount": 1},
            {"InstanceGroupName": "tail", "InstanceType": "ml.g5.xlarge", "InstanceCount": 1},
        ],
        "VolumeSizeInGB": 1,
    }
    inputs = [channel("s3://work/shards/", S3DataDistributionType="ShardedByS3Key")]
    sagemaker.create_training_job(**request("pair", script, ResourceConfig=resources, InputDataConfig=inputs))
    assert ended(sagemaker, "pair")["TrainingJobStatus"] == "Completed"
    log = "\n".join(lines(emulator, "pair"))
    assert '"current_host": "algo-2"' in log
    assert '"current_group_name": "tail"' in log
    assert log.count("at 127.0.0.1") == 2


def test_one_name_is_one_job_among_32_who_ask_at_once(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    codes: list[str] = []

    def ask() -> None:
        try:
            sagemaker.create_training_job(**request("same", "true"))
            codes.append("ok")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])

    threads = [threading.Thread(target=ask) for _ in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == ["ResourceInUse"] * 31 + ["ok"]
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="already exists"):
        sagemaker.create_training_job(**request("same", "true"))


def test_list_filters_before_it_pages(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker", "eu-west-1")
    names = [f"row-{number:02}" for number in range(12)] + ["other"]
    for name in names:
        sagemaker.create_training_job(**request(name, "true"))
    for name in names:
        ended(sagemaker, name)
    first = sagemaker.list_training_jobs()
    assert len(first["TrainingJobSummaries"]) == 10
    rest = sagemaker.list_training_jobs(NextToken=first["NextToken"])
    seen = [row["TrainingJobName"] for page in (first, rest) for row in page["TrainingJobSummaries"]]
    assert seen == names
    assert "NextToken" not in rest
    found = sagemaker.list_training_jobs(
        NameContains="other", StatusEquals="Completed", MaxResults=2, SortBy="Name", SortOrder="Descending"
    )
    assert [row["TrainingJobName"] for row in found["TrainingJobSummaries"]] == ["other"]
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains="row", SortBy="Name", SortOrder="Descending", PaginationConfig={"PageSize": 5}
    )
    assert [row["TrainingJobName"] for page in pages for row in page["TrainingJobSummaries"]] == names[11::-1]
    assert "other" not in json.dumps(emulator.client("sagemaker").list_training_jobs(MaxResults=100), default=str)


def test_a_name_that_was_deleted_may_be_taken_again_and_stopped(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_training_job(**request("phoenix", "exit 1"))
    ended(sagemaker, "phoenix")
    sagemaker.delete_training_job(TrainingJobName="phoenix")
    sagemaker.create_training_job(**request("phoenix", "sleep 600"))
    with pytest.raises(sagemaker.exceptions.ResourceInUse, match="stop it first"):
        sagemaker.delete_training_job(TrainingJobName="phoenix")
    sagemaker.stop_training_job(TrainingJobName="phoenix")
    assert ended(sagemaker, "phoenix")["TrainingJobStatus"] == "Stopped"


def test_tags_and_delete(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    arn = sagemaker.create_training_job(**request("marked", "true", Tags=[{"Key": "a", "Value": "1"}]))[
        "TrainingJobArn"
    ]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}, {"Key": "a", "Value": "3"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "3"}, {"Key": "b", "Value": "2"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["a"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    ended(sagemaker, "marked")
    sagemaker.delete_training_job(TrainingJobName="marked")
    with pytest.raises(ClientError, match=r"Requested resource not found\."):
        sagemaker.describe_training_job(TrainingJobName="marked")


def test_who_only_looks_writes_nothing(emulator: Emulator) -> None:
    sagemaker = emulator.client("sagemaker")
    arn = sagemaker.create_training_job(**request("looked-at", "true", Tags=[{"Key": "a", "Value": "1"}]))[
        "TrainingJobArn"
    ]
    ended(sagemaker, "looked-at")
    record = emulator.data / "training-jobs" / "us-east-1" / "looked-at" / "job.json"
    before = record.stat()
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "1"}]
    after = record.stat()
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
