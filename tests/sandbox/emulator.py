"""The emulated account as a process of its own, and an account's usual things in it. Programs talk to it by boto3 alone."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1})
DEADLINE = 60.0  # seconds; nothing here takes more than a few


class Emulator:
    """`managed`: with AWS's own policies in IAM, which take as long to load as a quarter of the start."""

    def __init__(self, data: Path, *, managed: bool = False) -> None:
        self.data = data
        self._managed = managed
        self._process: subprocess.Popen[str] | None = None
        self.url = ""

    def start(self, *flags: str) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("COV_")}
        environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = str(self._managed).lower()
        argv = [sys.executable, "-m", "tradewind.sandbox.aws", "--port", "0", "--data", str(self.data), *flags]
        self._process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, env=environ)
        assert self._process.stdout is not None
        self.url = json.loads(self._process.stdout.readline())["url"]

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        assert self._process is not None
        self._process.send_signal(number)
        code = self._process.wait(30)
        if self._process.stdout is not None:
            self._process.stdout.close()
        return code

    def client(self, service: str, region: str = "us-east-1") -> Any:
        return boto3.client(service, endpoint_url=self.url, region_name=region, config=ONCE)

    def control(self, name: str, /, **said: Any) -> dict[str, Any]:
        request = urllib.request.Request(f"{self.url}/_sandbox/{name}", data=json.dumps(said).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return dict(json.loads(answer.read()))

    def furnish(self) -> None:
        """A role and a bucket, as every account that trains has."""
        self.client("iam").create_role(RoleName="trainer", AssumeRolePolicyDocument=json.dumps(TRUST))
        self.client("s3").create_bucket(Bucket="work")


def request(name: str, script: str, **more: Any) -> dict[str, Any]:
    """A CreateTrainingJob that runs a shell script."""
    return {
        "TrainingJobName": name,
        "RoleArn": "arn:aws:iam::123456789012:role/trainer",
        "AlgorithmSpecification": {
            "TrainingImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/train:1",
            "TrainingInputMode": "File",
            "ContainerEntrypoint": ["/bin/sh", "-c"],
            "ContainerArguments": [script],
        },
        "OutputDataConfig": {"S3OutputPath": "s3://work/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 10},
        "StoppingCondition": {"MaxRuntimeInSeconds": 600},
        **more,
    }


def until(look: Callable[[], Any]) -> Any:
    """What `look` gives once it is something."""
    deadline = time.monotonic() + DEADLINE
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.03)
    return found


def ended(sagemaker: Any, name: str) -> dict[str, Any]:
    def over() -> Any:
        said = sagemaker.describe_training_job(TrainingJobName=name)
        return said if said["TrainingJobStatus"] in ("Completed", "Failed", "Stopped") else None

    return dict(until(over))


def reaches(sagemaker: Any, name: str, secondary: str) -> dict[str, Any]:
    def there() -> Any:
        said = sagemaker.describe_training_job(TrainingJobName=name)
        return said if said["SecondaryStatus"] == secondary else None

    return dict(until(there))


def channel(uri: str, name: str = "train", **more: Any) -> dict[str, Any]:
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri, **more}}}


def shipped(emulator: Emulator, name: str, script: str, *channels: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A CreateTrainingJob whose script comes through a channel: an argument may have 256 characters and no line's end."""
    emulator.client("s3").put_object(Bucket="work", Key=f"code/{name}/run.sh", Body=script.encode())
    inputs = [channel(f"s3://work/code/{name}/", "code"), *channels]
    return request(name, "exec sh /opt/ml/input/data/code/run.sh", InputDataConfig=inputs, **more)
