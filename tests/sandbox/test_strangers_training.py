"""Training, as somebody writes it who has read AWS's guides and boto3's reference and knows nothing of this emulator."""

from __future__ import annotations

import io
import json
import tarfile
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, WaiterError

from tests.sandbox.emulator import Emulator

ROLE = "arn:aws:iam::123456789012:role/trainer"
IMAGE = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-training:2.6.0-cpu-py312-ubuntu22.04-sagemaker"
QUICK = {"Delay": 1, "MaxAttempts": 60}
SCRIPT = """\
import json, os, pathlib, sys
ml = pathlib.Path(os.environ.get("SAGEMAKER_BASE_DIR", "/opt/ml"))
hyper = json.loads((ml / "input/config/hyperparameters.json").read_text())
hosts = json.loads((ml / "input/config/resourceconfig.json").read_text())
rows = (ml / "input/data/train/rows.csv").read_text().split()
for epoch in range(int(hyper["epochs"])):
    print(f"epoch={epoch} loss={1 / (epoch + 2):.3f};", flush=True)
print("host", hosts["current_host"], "of", hosts["hosts"], "greets", os.environ["GREETING"])
(ml / "model" / "model.json").write_text(json.dumps({"rows": len(rows), "job": os.environ["TRAINING_JOB_NAME"]}))
"""


@pytest.fixture(scope="module")
def aws(emulator: Emulator) -> Any:
    """Clients as a program makes them, told where AWS is by `endpoint_url`."""
    session = boto3.session.Session("testing", "testing", region_name="us-east-1")
    return lambda service: session.client(service, endpoint_url=emulator.url)


@pytest.fixture(scope="module")
def bucket(aws: Any) -> str:
    s3 = aws("s3")
    s3.create_bucket(Bucket="strangers-data")
    s3.put_object(Bucket="strangers-data", Key="train/rows.csv", Body=b"1\n2\n3\n")
    s3.put_object(Bucket="strangers-data", Key="code/train.py", Body=SCRIPT.encode())
    return "strangers-data"


def job(name: str, bucket: str, command: str = "", **more: Any) -> dict[str, Any]:
    def channel(named: str, prefix: str) -> dict[str, Any]:
        source = {
            "S3DataType": "S3Prefix",
            "S3Uri": f"s3://{bucket}/{prefix}",
            "S3DataDistributionType": "FullyReplicated",
        }
        return {"ChannelName": named, "DataSource": {"S3DataSource": source}, "InputMode": "File"}

    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {
            "TrainingImage": IMAGE,
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/bash", "-c"],
            "ContainerArguments": [command or "python3 /opt/ml/input/data/code/train.py"],
            "MetricDefinitions": [{"Name": "train:loss", "Regex": r"loss=([0-9\.]+);"}],
        },
        "HyperParameters": {"epochs": "3"},
        "Environment": {"GREETING": "the-world"},
        "InputDataConfig": [channel("train", "train/"), channel("code", "code/")],
        "OutputDataConfig": {"S3OutputPath": f"s3://{bucket}/output"},
        "ResourceConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 30},
        "StoppingCondition": {"MaxRuntimeInSeconds": 3600},
        **more,
    }


def wait(sagemaker: Any, name: str) -> dict[str, Any]:
    sagemaker.get_waiter("training_job_completed_or_stopped").wait(TrainingJobName=name, WaiterConfig=QUICK)
    return dict(sagemaker.describe_training_job(TrainingJobName=name))


def test_train_wait_and_fetch_the_model(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    created = sagemaker.create_training_job(**job("guide-1", bucket, Tags=[{"Key": "team", "Value": "research"}]))
    assert created["TrainingJobArn"].endswith(":training-job/guide-1")
    done = wait(sagemaker, "guide-1")
    assert done["TrainingJobStatus"] == "Completed"
    assert done["SecondaryStatus"] == "Completed"
    assert [one["Status"] for one in done["SecondaryStatusTransitions"]][-1] == "Completed"
    assert done["TrainingEndTime"] >= done["TrainingStartTime"] >= done["CreationTime"]
    assert done["HyperParameters"] == {"epochs": "3"}
    [final] = done["FinalMetricDataList"]
    assert (final["MetricName"], round(final["Value"], 3)) == ("train:loss", 0.25)

    at = done["ModelArtifacts"]["S3ModelArtifacts"]
    assert at == f"s3://{bucket}/output/guide-1/output/model.tar.gz"
    stored, key = at.removeprefix("s3://").split("/", 1)
    raw = aws("s3").get_object(Bucket=stored, Key=key)["Body"].read()
    with tarfile.open(fileobj=io.BytesIO(raw)) as tar:
        model = tar.extractfile("model.json")
        assert model is not None
        assert json.load(model) == {"rows": 3, "job": "guide-1"}
    tags = sagemaker.list_tags(ResourceArn=created["TrainingJobArn"])["Tags"]
    assert {"Key": "team", "Value": "research"} in tags


def test_read_the_log_as_the_console_does(aws: Any, bucket: str) -> None:
    sagemaker, logs = aws("sagemaker"), aws("logs")
    sagemaker.create_training_job(**job("logged-1", bucket))
    wait(sagemaker, "logged-1")
    group = "/aws/sagemaker/TrainingJobs"
    [stream] = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="logged-1/")["logStreams"]
    assert stream["logStreamName"].startswith("logged-1/algo-1-")
    messages, token = [], None
    while True:  # the loop of boto3's reference: the same token twice is the end
        page = logs.get_log_events(
            logGroupName=group,
            logStreamName=stream["logStreamName"],
            startFromHead=True,
            limit=2,
            **({"nextToken": token} if token else {}),
        )
        messages += [event["message"] for event in page["events"]]
        if page["nextForwardToken"] == token:
            break
        token = page["nextForwardToken"]
    assert [line for line in messages if line.startswith("epoch=")] == [
        "epoch=0 loss=0.500;",
        "epoch=1 loss=0.333;",
        "epoch=2 loss=0.250;",
    ]
    assert any("greets the-world" in line for line in messages)
    found = logs.filter_log_events(logGroupName=group, logStreamNames=[stream["logStreamName"]], filterPattern="greets")
    assert len(found["events"]) == 1
    found = logs.filter_log_events(logGroupName=group, logStreamNamePrefix="logged-1/", filterPattern="greets")
    assert len(found["events"]) == 1


def test_a_script_that_fails_says_why(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    sagemaker.create_training_job(**job("fails-1", bucket, "echo no-such-column > /opt/ml/output/failure && exit 1"))
    with pytest.raises(WaiterError, match="terminal failure state"):
        wait(sagemaker, "fails-1")
    failed = sagemaker.describe_training_job(TrainingJobName="fails-1")
    assert (failed["TrainingJobStatus"], failed["SecondaryStatus"]) == ("Failed", "Failed")
    assert failed["FailureReason"].startswith("AlgorithmError: ")
    assert "no-such-column" in failed["FailureReason"]


def test_stop_a_job_and_what_stops_by_itself(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    for name in ("stopped-1", "late-1"):
        longest = {"MaxRuntimeInSeconds": 3600 if name == "stopped-1" else 2}
        sagemaker.create_training_job(**job(name, bucket, "exec sleep 600", StoppingCondition=longest))
    sagemaker.stop_training_job(TrainingJobName="stopped-1")
    assert sagemaker.describe_training_job(TrainingJobName="stopped-1")["TrainingJobStatus"] in ("Stopping", "Stopped")
    assert wait(sagemaker, "stopped-1")["TrainingJobStatus"] == "Stopped"
    late = wait(sagemaker, "late-1")
    assert (late["TrainingJobStatus"], late["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")
    with pytest.raises(ClientError) as too_late:
        sagemaker.stop_training_job(TrainingJobName="stopped-1")
    assert too_late.value.response["Error"]["Code"] == "ValidationException"


def test_list_pages_filters_and_sorts(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    before = datetime.now(UTC) - timedelta(minutes=1)
    names = [f"listed-{number:02d}" for number in range(23)]
    for name in names:
        sagemaker.create_training_job(**job(name, bucket, "true"))
    first = sagemaker.list_training_jobs(NameContains="listed")
    assert len(first["TrainingJobSummaries"]) == 10  # documented default of MaxResults
    assert first["NextToken"]
    pages = sagemaker.get_paginator("list_training_jobs").paginate(
        NameContains="listed", SortBy="Name", SortOrder="Ascending", CreationTimeAfter=before, MaxResults=7
    )
    assert [one["TrainingJobName"] for page in pages for one in page["TrainingJobSummaries"]] == names
    latest = sagemaker.list_training_jobs(
        NameContains="listed", SortBy="CreationTime", SortOrder="Descending", MaxResults=1
    )
    assert latest["TrainingJobSummaries"][0]["TrainingJobName"] == names[-1]
    for name in names:
        wait(sagemaker, name)
    finished = sagemaker.list_training_jobs(NameContains="listed", StatusEquals="Completed", MaxResults=100)
    assert len(finished["TrainingJobSummaries"]) == 23
    assert {"TrainingJobArn", "CreationTime", "TrainingEndTime", "LastModifiedTime", "TrainingJobStatus"} <= set(
        finished["TrainingJobSummaries"][0]
    )
    assert sagemaker.list_training_jobs(NameContains="listed", StatusEquals="Failed")["TrainingJobSummaries"] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"RoleArn": "arn:aws:iam::123456789012:role/nobody"}, "ValidationException"),
        ({"OutputDataConfig": {"S3OutputPath": "s3://no-such-bucket-anywhere/x"}}, "ValidationException"),
        ({"TrainingJobName": "no_underscores"}, "ValidationException"),
        ({"ResourceConfig": {"InstanceType": "ml.huge.8xlarge", "InstanceCount": 1, "VolumeSizeInGB": 1}},
         "ValidationException"),
        ({"EnableManagedSpotTraining": True}, "ValidationException"),  # MaxWaitTimeInSeconds is required then
        ({"EnableManagedSpotTraining": True,
          "StoppingCondition": {"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 60}}, "ValidationException"),
    ],
    ids=["role", "bucket", "name", "instance", "spot without wait", "wait shorter than run"],
)  # fmt: skip
def test_what_sagemaker_refuses(aws: Any, bucket: str, change: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as refused:
        aws("sagemaker").create_training_job(**{**job("refused-1", bucket), **change})
    assert refused.value.response["Error"]["Code"] == code
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["Error"]["Message"]


def test_a_name_is_taken_once(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    sagemaker.create_training_job(**job("taken-1", bucket, "true"))
    with pytest.raises(sagemaker.exceptions.ResourceInUse):
        sagemaker.create_training_job(**job("taken-1", bucket, "true"))
    wait(sagemaker, "taken-1")
    with pytest.raises(sagemaker.exceptions.ResourceInUse):  # names of jobs that are over stay taken
        sagemaker.create_training_job(**job("taken-1", bucket, "true"))
    with pytest.raises(ClientError) as missing:
        sagemaker.describe_training_job(TrainingJobName="never-was")
    assert missing.value.response["Error"]["Code"] in ("ValidationException", "ResourceNotFound")


def test_spot_with_a_checkpoint_goes_on_where_it_was(aws: Any, bucket: str) -> None:
    sagemaker, s3 = aws("sagemaker"), aws("s3")
    s3.put_object(Bucket=bucket, Key="ckpt/spot-1/step", Body=b"41")
    script = 'test "$(cat /opt/ml/checkpoints/step)" = 41 && echo 42 > /opt/ml/checkpoints/step'
    sagemaker.create_training_job(
        **job(
            "spot-1",
            bucket,
            script,
            EnableManagedSpotTraining=True,
            StoppingCondition={"MaxRuntimeInSeconds": 3600, "MaxWaitTimeInSeconds": 7200},
            CheckpointConfig={"S3Uri": f"s3://{bucket}/ckpt/spot-1", "LocalPath": "/opt/ml/checkpoints"},
        )
    )
    done = wait(sagemaker, "spot-1")
    assert done["TrainingJobStatus"] == "Completed", done.get("FailureReason")
    assert done["BillableTimeInSeconds"] <= done["TrainingTimeInSeconds"]
    assert s3.get_object(Bucket=bucket, Key="ckpt/spot-1/step")["Body"].read().strip() == b"42"


def test_tags_of_a_job(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    arn = sagemaker.create_training_job(**job("tagged-1", bucket, "true"))["TrainingJobArn"]
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "cost", "Value": "lab"}])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "cost", "Value": "lab"}]
    sagemaker.delete_tags(ResourceArn=arn, TagKeys=["cost"])
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == []


def test_search_by_tag(aws: Any, bucket: str) -> None:
    sagemaker = aws("sagemaker")
    sagemaker.create_training_job(**job("found-1", bucket, "true", Tags=[{"Key": "cost", "Value": "search"}]))
    wait(sagemaker, "found-1")
    filters = [{"Name": "Tags.cost", "Operator": "Equals", "Value": "search"}]
    found = sagemaker.search(Resource="TrainingJob", SearchExpression={"Filters": filters})["Results"]
    assert [one["TrainingJob"]["TrainingJobName"] for one in found] == ["found-1"]
    filters = [{"Name": "TrainingJobStatus", "Operator": "Equals", "Value": "Completed"},
               {"Name": "TrainingJobName", "Operator": "Contains", "Value": "found"}]  # fmt: skip
    found = sagemaker.search(Resource="TrainingJob", SearchExpression={"Filters": filters})["Results"]
    assert [one["TrainingJob"]["TrainingJobName"] for one in found] == ["found-1"]
