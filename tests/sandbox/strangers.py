"""What the strangers' programs share: a packed scikit-learn model with its script, clients, waits. Nothing of ours."""

from __future__ import annotations

import io
import json
import tarfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator

ROLE = "arn:aws:iam::123456789012:role/trainer"
IMAGE = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
BUCKET = "strangers-models"
SOON = {"Delay": 1, "MaxAttempts": 90}
JSON = "application/json"
SCRIPT = """\
import json, os, time

def model_fn(model_dir):
    with open(os.path.join(model_dir, "weights.json")) as file:
        model = json.load(file)
    if model.get("crash"):
        raise RuntimeError("weights are torn")
    return model

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(rows, model):
    time.sleep(model.get("sleep", 0))
    if model.get("fail"):
        raise ValueError("no such column")
    return [row * model["factor"] for row in rows]

def output_fn(prediction, accept):
    return json.dumps({"version": "%s" % json_name(), "predictions": prediction}), "application/json"

def json_name():
    return os.environ.get("VERSION", "")
"""


class Account:
    """Clients as a program makes them once."""

    def __init__(self, emulator: Emulator) -> None:
        session = boto3.session.Session("testing", "testing", region_name="us-east-1")

        def client(service: str, **more: Any) -> Any:
            return session.client(service, endpoint_url=emulator.url, config=Config(max_pool_connections=32, **more))

        self.sagemaker = client("sagemaker")
        self.runtime = client("sagemaker-runtime", retries={"total_max_attempts": 1})
        self.scaling = client("application-autoscaling")
        self.cloudwatch = client("cloudwatch")
        self.logs = client("logs")
        self.s3 = client("s3")
        self.s3.create_bucket(Bucket=BUCKET)

    def model(self, name: str, **weights: Any) -> str:
        """A model in the form of SageMaker's framework containers: weights beside `code/inference.py`."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w:gz") as tar:
            files = {"weights.json": json.dumps({"factor": 2, **weights}), "code/inference.py": SCRIPT}
            for path, text in files.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(text.encode())
                tar.addfile(entry, io.BytesIO(text.encode()))
        self.s3.put_object(Bucket=BUCKET, Key=f"{name}/model.tar.gz", Body=packed.getvalue())
        self.sagemaker.create_model(
            ModelName=name,
            ExecutionRoleArn=ROLE,
            PrimaryContainer={
                "Image": IMAGE,
                "ModelDataUrl": f"s3://{BUCKET}/{name}/model.tar.gz",
                "Environment": {
                    "SAGEMAKER_PROGRAM": "inference.py",
                    "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code",
                    "SAGEMAKER_CONTAINER_LOG_LEVEL": "20",
                    "VERSION": name,
                },
            },
        )
        return name

    def config(self, name: str, *variants: dict[str, Any], **more: Any) -> str:
        self.sagemaker.create_endpoint_config(
            EndpointConfigName=name, ProductionVariants=list(variants) or [variant(name)], **more
        )
        return name

    def endpoint(self, name: str, config: str) -> dict[str, Any]:
        self.sagemaker.create_endpoint(EndpointName=name, EndpointConfigName=config)
        return self.in_service(name)

    def in_service(self, name: str) -> dict[str, Any]:
        self.sagemaker.get_waiter("endpoint_in_service").wait(EndpointName=name, WaiterConfig=SOON)
        return self.look(name)

    def look(self, name: str) -> dict[str, Any]:
        return dict(self.sagemaker.describe_endpoint(EndpointName=name))

    def ask(self, endpoint: str, rows: list[float], **more: Any) -> dict[str, Any]:
        answer = self.runtime.invoke_endpoint(
            EndpointName=endpoint, Body=json.dumps(rows), ContentType=JSON, Accept=JSON, **more
        )
        return dict(json.loads(answer["Body"].read()))


def variant(model: str, name: str = "AllTraffic", count: int = 1, weight: float = 1.0) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
        "InitialVariantWeight": weight,
    }


def reaches(look: Callable[[], Any], seconds: float = 60.0) -> Any:
    """What `look` gives once it is something; polled as a program that waits does."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.05)
    return found


@dataclass
class Load:
    """`with Load(account, endpoint) as load:` asks on, from several threads; what came back is counted by version."""

    account: Account
    endpoint: str
    clients: int = 4
    rate: float = 25.0  # requests a second and client, at most
    answered: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._on, daemon=True) for _ in range(self.clients)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(30)

    def _on(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                version = str(self.account.ask(self.endpoint, [1.0])["version"])
                with self._lock:
                    self.answered[version] += 1
            except (ClientError, OSError) as error:
                with self._lock:
                    self.failures.append(str(error))
            self._over.wait(max(0.0, 1 / self.rate - (time.monotonic() - began)))
