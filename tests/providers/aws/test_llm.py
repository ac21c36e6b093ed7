"""Language models: what each family of images is told, and what is refused before anything is made."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tradewind.providers.aws import images, llm
from tradewind.providers.aws.info import INFO
from tradewind.spec.refs import MODEL_SERVERS
from tradewind.values import Artifact, Container, Hardware, Loss, Machine, Serving, Version

GPUS = Machine("ml.g6e.12xlarge", 48, 384, "L40S", 4)
CPUS = Machine("ml.c6i.xlarge", 4, 8)
HUB = Artifact("hf:org/name@v1", "sha256:1")
OWN = Artifact("s3://bucket/model", "sha256:2")


def version(framework: str, machine: Machine = GPUS, model: Artifact = HUB, **more: object) -> Version:
    image = INFO.image(framework, None, machine, "serve")
    assert isinstance(image, str), image
    box = Container(image, machine, Hardware(), **more)  # type: ignore[arg-type]  # the test's own words
    return Version("a", "sha256:3", box, model, Serving(framework=framework))


def lost(found: Version, isolated: bool = False) -> dict[str, Loss]:
    return {loss.path: loss for loss in llm.losses(found, isolated)}


@pytest.mark.parametrize(
    ("framework", "said"),
    [
        ("vllm", {"SM_VLLM_MODEL": "{}", "SM_VLLM_REVISION": "v1", "SM_VLLM_TENSOR_PARALLEL_SIZE": "4"}),
        ("huggingface-vllm", {"SM_VLLM_MODEL": "{}", "SM_VLLM_REVISION": "v1", "SM_VLLM_TENSOR_PARALLEL_SIZE": "4"}),
        ("sglang", {"SM_SGLANG_MODEL_PATH": "{}", "SM_SGLANG_REVISION": "v1", "SM_SGLANG_TP": "4"}),
        ("djl-lmi", {"HF_MODEL_ID": "{}", "HF_REVISION": "v1", "TENSOR_PARALLEL_DEGREE": "4"}),
        ("huggingface-llm", {"HF_MODEL_ID": "{}", "HF_MODEL_REVISION": "v1", "SM_NUM_GPUS": "4"}),
        ("huggingface-tei", {"HF_MODEL_ID": "{}", "HF_MODEL_REVISION": "v1"}),
    ],
)
def test_each_family_is_told_in_its_own_words(framework: str, said: dict[str, str]) -> None:
    found = version(framework)
    hub = llm.environment(found.container.image, HUB, GPUS)
    assert hub == {name: value.format("org/name") for name, value in said.items()}
    own = llm.environment(found.container.image, OWN, GPUS)
    assert own == {name: value.format("/opt/ml/model") for name, value in said.items() if value != "v1"}
    assert not lost(found)


def test_every_server_in_the_spec_has_words() -> None:
    for framework in MODEL_SERVERS:
        assert llm.words(version(framework).container.image), framework


def test_embeddings_run_without_a_gpu_too() -> None:
    found = version("huggingface-tei", CPUS)
    assert images.repository(found.container.image) == "tei-cpu"
    assert llm.environment(found.container.image, HUB, CPUS) == {"HF_MODEL_ID": "org/name", "HF_MODEL_REVISION": "v1"}
    assert not lost(found)


@pytest.mark.parametrize("framework", sorted(set(MODEL_SERVERS) - {"huggingface-tei"}))
def test_the_others_need_one(framework: str) -> None:
    refused = INFO.image(framework, None, CPUS, "serve")
    assert isinstance(refused, Loss) or lost(version(framework, CPUS))["serve.hardware.gpu"].fatal


def test_no_other_image_is_told_anything_or_fetches_from_the_hub() -> None:
    for image in ("123456789012.dkr.ecr.us-east-1.amazonaws.com/mine:1", "sagemaker/pytorch-inference:2.6.0-gpu"):
        other = version("vllm")
        other = replace(other, container=replace(other.container, image=image))
        assert llm.environment(image, OWN, GPUS) is None
        assert lost(other)["serve.model"].fatal
        assert not lost(replace(other, model=OWN))


@pytest.mark.parametrize(
    ("more", "path", "fatal"),
    [
        ({"secrets": {"HF_TOKEN": "hf"}}, "serve.model", True),
        ({"secrets": {"OTHER": "x"}}, "secrets", False),
        ({"requirements": "requirements.txt", "code": OWN}, "runtime.requirements", False),
        ({"code": OWN}, "serve.source", True),
    ],
)
def test_what_such_an_image_cannot_do(more: dict[str, object], path: str, fatal: bool) -> None:
    found = lost(version("vllm", **more))  # type: ignore[arg-type]  # the test's own words
    assert {name: loss.fatal for name, loss in found.items()} == {path: fatal}


def test_a_handler_is_refused_by_name() -> None:
    found = version("sglang")
    assert lost(replace(found, serving=Serving(handler="serve.py")))["serve.handler"].fatal


def test_a_gated_model_of_ones_own_needs_no_token() -> None:
    found = lost(version("vllm", model=OWN, secrets={"HF_TOKEN": "hf"}))
    assert {name: loss.fatal for name, loss in found.items()} == {"secrets": False}


def test_the_hub_cannot_be_reached_without_a_network() -> None:
    assert lost(version("vllm"), isolated=True)["aws.serve.network_isolation"].fatal
    assert not lost(version("vllm", model=OWN), isolated=True)


def test_cuda_13_needs_a_newer_machine_image() -> None:
    assert llm.ami_version(version("vllm").container.image) == llm.CUDA_13_AMI
    assert (
        llm.ami_version("sagemaker/huggingface-pytorch-tgi-inference:2.7.0-tgi3.3.6-gpu-py311-cu124-ubuntu22.04")
        is None
    )
    assert llm.ami_version("sagemaker/pytorch-inference:2.6.0-gpu-py312-cu130") is None
