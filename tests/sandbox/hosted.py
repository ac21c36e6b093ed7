"""What the hosting tests share: model archives, requests as boto3's reference shows them, waits."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from typing import Any

from tests.sandbox.emulator import Emulator, until

ROLE = "arn:aws:iam::123456789012:role/trainer"
SKLEARN = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.2-1-cpu-py3"
PYTORCH = "763104351884.dkr.ecr.us-east-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker"
HUGGINGFACE = (
    "763104351884.dkr.ecr.us-east-1.amazonaws.com/huggingface-pytorch-inference:2.6.0-transformers4.51.3-cpu-py312"
)
JSON = "application/json"
SCRIPT = """
import json, os

def model_fn(model_dir):
    return open(os.path.join(model_dir, "word")).read()

def input_fn(body, content_type):
    return json.loads(body)

def predict_fn(data, model):
    if data == "fail":
        raise ValueError("no such column")
    return {"said": data, "word": model, "pid": os.getpid()}

def output_fn(prediction, accept):
    return json.dumps(prediction), accept
"""


def packed(files: Mapping[str, str]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text.encode())
            tar.addfile(entry, io.BytesIO(text.encode()))
    return out.getvalue()


def put(emulator: Emulator, key: str, data: bytes) -> str:
    emulator.client("s3").put_object(Bucket="work", Key=key, Body=data)
    return f"s3://work/{key}"


def environment(**more: str) -> dict[str, str]:
    return {"SAGEMAKER_PROGRAM": "inference.py", "SAGEMAKER_SUBMIT_DIRECTORY": "/opt/ml/model/code", **more}


def model(emulator: Emulator, name: str, script: str = SCRIPT, *, image: str = SKLEARN, **more: Any) -> str:
    """A model in the form of SageMaker's framework images: a word beside code/inference.py."""
    uri = put(emulator, f"models/{name}.tar.gz", packed({"word": name, "code/inference.py": script}))
    container = {"Image": image, "ModelDataUrl": uri, "Environment": environment(), **more}
    emulator.client("sagemaker").create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=container)
    return name


def variant(model: str, name: str = "a", count: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": count,
        **more,
    }


def config(emulator: Emulator, name: str, *variants: dict[str, Any], **more: Any) -> str:
    emulator.client("sagemaker").create_endpoint_config(
        EndpointConfigName=name, ProductionVariants=list(variants) or [variant(name)], **more
    )
    return name


def served(emulator: Emulator, name: str, script: str = SCRIPT, *, count: int = 1, **more: Any) -> str:
    """An endpoint of one variant, in service; model and configuration have its name."""
    config(emulator, model(emulator, name, script, **more), variant(name, count=count))
    emulator.client("sagemaker").create_endpoint(EndpointName=name, EndpointConfigName=name)
    seen = settled(emulator, name)
    assert seen["EndpointStatus"] == "InService", seen.get("FailureReason")
    return name


def look(emulator: Emulator, name: str) -> dict[str, Any]:
    return dict(emulator.client("sagemaker").describe_endpoint(EndpointName=name))


def settled(emulator: Emulator, name: str) -> dict[str, Any]:
    def still() -> Any:
        seen = look(emulator, name)
        return seen if seen["EndpointStatus"] in ("InService", "Failed", "UpdateRollbackFailed") else None

    return dict(until(still))


def ask(emulator: Emulator, name: str, said: Any = "hello", *, runtime: Any = None, **more: Any) -> Any:
    answer = (runtime or emulator.client("sagemaker-runtime")).invoke_endpoint(
        EndpointName=name, Body=json.dumps(said), ContentType=JSON, Accept=JSON, **more
    )
    return json.loads(answer["Body"].read())
