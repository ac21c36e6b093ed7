"""What SageMaker's own servers are told, by family of images."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from tradewind.engine import runtime
from tradewind.providers.aws import images, shim_environment
from tradewind.providers.aws.info import INFO
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Serving, Version, Wanted

MACHINE = Machine("ml.m5.large", 2, 8)


def version(image: str, serving: Serving | None = None, **env: str) -> Version:
    box = Container(image, MACHINE, Hardware(), env=env)
    return Version("a", "sha256:1", box, Artifact("s3://b/m", "sha256:2"), serving or Serving(handler="serve.py"))


@pytest.mark.parametrize(
    ("framework", "front"),
    [
        ("sklearn", "gunicorn"),
        ("xgboost", "gunicorn"),
        ("pytorch", "TorchServe"),
        ("python", "TorchServe"),
        ("huggingface", "multi-model-server"),
    ],
)
def test_each_framework_with_a_shim(framework: str, front: str) -> None:
    image = INFO.image(framework, None, MACHINE, "serve")
    assert isinstance(image, str)
    found = shim_environment.front(image)
    assert found is not None
    assert found.name == front
    said = shim_environment.environment(version(image))
    assert said["SAGEMAKER_PROGRAM"] == "tradewind_inference.py"
    assert said["SAGEMAKER_SUBMIT_DIRECTORY"] in said["PYTHONPATH"].split(":")
    assert said["SAGEMAKER_MODEL_SERVER_WORKERS"] == "4"  # two for each CPU
    assert ("TS_DEFAULT_STARTUP_TIMEOUT" in said) == (front == "TorchServe")
    assert (said.get("TW_SHIM_FRONT") == "gunicorn") == (front == "gunicorn")
    assert not list(shim_environment.losses(version(image)))


def test_the_runtime_that_is_shipped_has_the_shim_where_it_is_said_to_be() -> None:
    inside = Path(shim_environment.SHIM_DIR).relative_to(shim_environment.RUNTIME_DIR).as_posix()
    files = {file.path for file in runtime.archive().files}
    for name in (shim_environment.PROGRAM, "sitecustomize.py", "pyproject.toml", "empty_wheel.py"):
        assert f"{inside}/{name}" in files


def test_a_front_waits_longer_than_our_server() -> None:
    serving = Serving(timeout=timedelta(seconds=30), startup_timeout=timedelta(minutes=20), concurrency=3)
    said = shim_environment.environment(version("sagemaker/pytorch-inference:2.6.0-cpu", serving))
    assert said["SAGEMAKER_MODEL_SERVER_TIMEOUT"] == said["TS_DEFAULT_STARTUP_TIMEOUT"] == "1205"
    assert said["SAGEMAKER_MODEL_SERVER_WORKERS"] == "3"


def test_an_own_image_is_told_where_our_runtime_lies_and_keeps_its_path() -> None:
    image = "123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1"
    assert shim_environment.runs_ours(image)
    said = shim_environment.environment(version(image, PYTHONPATH="/app"))
    assert said == {"PYTHONPATH": f"{shim_environment.RUNTIME_DIR}:/app"}


@pytest.mark.parametrize("image", ["sagemaker/tensorflow-inference:2.19.0-cpu", "sagemaker/vllm:0.30.0-gpu-py312"])
def test_images_that_run_nothing_of_ours(image: str) -> None:
    assert not shim_environment.runs_ours(image)


def test_every_image_of_a_framework_with_a_shim_is_known() -> None:
    """A repository that the data names and this does not would be served by an image that knows nothing of us."""
    unknown = {"sagemaker-pytorch", "xgboost"}  # PyTorch up to 1.1, on Python 2; XGBoost's built-in algorithm
    for framework in ("sklearn", "xgboost", "pytorch", "huggingface"):
        for name, scope in images._data()["frameworks"][framework].items():
            if not name.startswith("inference"):
                continue
            for entry in scope["versions"].values():
                for leaf in (entry,) if "repository" in entry else entry.values():
                    assert leaf["repository"] in {*shim_environment.FRONTS, *unknown}


def test_an_old_hugging_face_image_tells_no_failures_apart() -> None:
    old = version("sagemaker/huggingface-pytorch-inference:2.0.0-transformers4.28.1-cpu-py310-ubuntu20.04")
    (lost,) = shim_environment.losses(old)
    assert isinstance(lost, Loss)
    assert (lost.path, lost.fatal) == ("serve.framework", False)
    assert lost in INFO.losses(None, Wanted("e", (old,), {"a": 100}), None)
