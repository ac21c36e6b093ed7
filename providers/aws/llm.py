"""SageMaker's images for language models and embeddings: what their own servers must be told, as data.

Read in the images' entrypoints: aws/deep-learning-containers `scripts/docker/{vllm,huggingface/vllm,sglang}` and `docker/tei`,
huggingface/text-generation-inference `sagemaker-entrypoint.sh`, deepjavalibrary/djl-serving `ModelStore.java`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tradewind.providers.aws import images
from tradewind.spec.refs import HUB
from tradewind.values import Artifact, Loss, Machine, Version

MODEL_DIR = "/opt/ml/model"
TOKENS = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN")
# Its driver is the only one of the inference machine images that CUDA 13 runs on; SageMaker never picks it by itself.
CUDA_13_AMI = "al2023-ami-sagemaker-inference-gpu-4-1"


@dataclass(frozen=True)
class Words:
    """Names of the variables: the model (a name on the Hub or a folder), its revision, and over how many GPUs it is spread."""

    model: str
    revision: str
    gpus: str = ""  # "": one GPU, or none
    cpu: bool = False  # it runs on machines without a GPU


_VLLM = Words("SM_VLLM_MODEL", "SM_VLLM_REVISION", "SM_VLLM_TENSOR_PARALLEL_SIZE")
# By repository, as images.json names them.
WORDS: Mapping[str, Words] = MappingProxyType(
    {
        "vllm": _VLLM,
        "huggingface-vllm": _VLLM,
        "sglang": Words("SM_SGLANG_MODEL_PATH", "SM_SGLANG_REVISION", "SM_SGLANG_TP"),
        "djl-inference": Words("HF_MODEL_ID", "HF_REVISION", "TENSOR_PARALLEL_DEGREE"),
        "huggingface-pytorch-tgi-inference": Words("HF_MODEL_ID", "HF_MODEL_REVISION", "SM_NUM_GPUS"),
        "tei": Words("HF_MODEL_ID", "HF_MODEL_REVISION"),
        "tei-cpu": Words("HF_MODEL_ID", "HF_MODEL_REVISION", cpu=True),
    }
)


def words(image: str) -> Words | None:
    """None for every image that is not one of these."""
    return WORDS.get(images.repository(image))


def from_hub(model: Artifact) -> bool:
    """A name on the Hugging Face Hub: nothing of ours to mount, the container fetches it."""
    return model.uri.startswith(HUB)


def environment(image: str, model: Artifact, machine: Machine) -> Mapping[str, str] | None:
    """What the image's server must be told of its model; the user's own variables go on top. None: no such image."""
    said = words(image)
    if said is None:
        return None
    name, _, revision = model.uri.removeprefix(HUB).partition("@") if from_hub(model) else (MODEL_DIR, "", "")
    told = {said.model: name, said.revision: revision, said.gpus: str(machine.gpus) if machine.gpus else ""}
    return {variable: value for variable, value in told.items() if variable and value}


def ami_version(image: str) -> str | None:
    """The machine image that such a container needs, where the one that SageMaker picks by itself has too old a driver."""
    tag = image.rpartition(":")[2]
    return CUDA_13_AMI if words(image) and re.search(r"-cu13\d", tag) else None


def losses(version: Version, network_isolation: bool) -> Iterator[Loss]:
    """What such an image cannot do of what is asked for, and who cannot serve a model of the Hub."""
    box, serving = version.container, version.serving
    said = words(box.image)
    if said is None:
        if from_hub(version.model):
            reason = "only SageMaker's images for language models fetch a model from the Hugging Face Hub"
            yield Loss("serve.model", reason, "framework: vllm, huggingface-llm, ...; or an address", fatal=True)
        return
    if serving.handler or (box.code and not box.requirements):
        reason = "the image brings a server of its own, which runs no handler"
        yield Loss("serve.handler" if serving.handler else "serve.source", reason, "leave it out", fatal=True)
    if box.requirements:
        yield Loss("runtime.requirements", "the image for serving installs nothing", "it has what its server needs")
    if not said.cpu and not box.machine.gpus:
        yield Loss("serve.hardware.gpu", f"{images.repository(box.image)} needs a machine with a GPU", fatal=True)
    if from_hub(version.model) and network_isolation:
        reason = "without a network the container cannot fetch its model from the Hugging Face Hub"
        yield Loss("aws.serve.network_isolation", reason, fatal=True)
    yield from _of_secrets(version)


def _of_secrets(version: Version) -> Iterator[Loss]:
    """SageMaker hands secrets to nobody; our server fetches its own, these do not."""
    for name in sorted(version.container.secrets):
        if name in TOKENS and from_hub(version.model):
            reason = f"the image's server cannot fetch the secret {name}, so it reads public models only"
            instead = "download the weights and serve them from s3://..., or name a public model"
            yield Loss("serve.model", reason, instead, fatal=True)
        else:
            yield Loss("secrets", f"the image's server cannot fetch the secret {name}", "it runs without")
