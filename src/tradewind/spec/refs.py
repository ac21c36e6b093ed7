"""Texts that name something elsewhere: inputs, models, images, frameworks. Patterns, and what each form means."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

SCHEMES = ("s3", "gs", "az", "file")
_LOCAL = r"(?![A-Za-z][A-Za-z0-9+.-]*:)\S(.*\S)?"
_URI = rf"({'|'.join(SCHEMES)})://\S+"
URI = rf"^{_URI}$"
INPUT = rf"^({_URI}|run:[A-Za-z0-9][A-Za-z0-9_.:-]*|{_LOCAL})$"
HUB = "hf:"  # a model of the Hugging Face Hub: hf:org/name, hf:org/name@revision
_HUB = rf"{HUB}[A-Za-z0-9][A-Za-z0-9_.-]*(/[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@[A-Za-z0-9_./-]+)?"
MODEL = rf"^({_URI}|{_HUB}|models:/\S+|run:[A-Za-z0-9][A-Za-z0-9_.:-]*|{_LOCAL})$"
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REGISTERED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*@[A-Za-z0-9_.-]+", re.ASCII)

ADDRESS = r"^https?://[^/@\s]+(/\S*)?$"
ADDRESS_SAID = "an address is written like https://host:port, without user or password"

# Servers of language models and embeddings: each is an image that brings its own, and runs no handler.
MODEL_SERVERS = ("vllm", "huggingface-vllm", "sglang", "djl-lmi", "huggingface-llm", "huggingface-tei")
FRAMEWORKS = ("sklearn", "pytorch", "tensorflow", "xgboost", "huggingface", "lightgbm", "onnx", *MODEL_SERVERS)
FRAMEWORK = rf"^({'|'.join(FRAMEWORKS)})(:[0-9][0-9A-Za-z.+-]{{0,31}})?$"
FRAMEWORK_ALIASES = {
    "scikit-learn": "sklearn",
    "scikit": "sklearn",
    "torch": "pytorch",
    "tf": "tensorflow",
    "keras": "tensorflow",
    "xgb": "xgboost",
    "transformers": "huggingface",
    "hf": "huggingface",
    "lgbm": "lightgbm",
    "lmi": "djl-lmi",
    "tgi": "huggingface-llm",
    "tei": "huggingface-tei",
}
PROVIDERS = ("aws", "gcp", "azure", "local")
PROVIDER_ALIASES = {"sagemaker": "aws", "vertex": "gcp", "vertexai": "gcp", "azureml": "azure"}


def provider(name: str) -> str:
    """The canonical name: `sagemaker` is `aws`. Names of plug-ins come back as they are."""
    return PROVIDER_ALIASES.get(name, name)


@dataclass(frozen=True)
class ModelRef:
    """What `serve.model` names. `version` is set for a registry's and the Hub's name@version; `name` is the path, URI or name."""

    kind: Literal["train", "run", "path", "uri", "registry", "huggingface", "mlflow"]
    name: str
    version: str = ""


def model_ref(text: str) -> ModelRef:
    """`train`, a path, a URI, `name@version` of the cloud's registry, `run:NAME`, `hf:NAME`; `models:/` is a reserved form."""
    if text == "train":
        return ModelRef("train", text)
    if text.startswith("run:"):
        return ModelRef("run", text.removeprefix("run:"))
    if text.startswith(HUB):
        name, _, version = text.removeprefix(HUB).partition("@")
        return ModelRef("huggingface", name, version)
    if text.startswith("models:/"):
        return ModelRef("mlflow", text.removeprefix("models:/"))
    if "://" in text:
        return ModelRef("uri", text)
    if _REGISTERED.fullmatch(text):
        name, _, version = text.partition("@")
        return ModelRef("registry", name, version)
    return ModelRef("path", text)


def moves(ref: ModelRef) -> bool:
    """Whether a model of the Hub may be another one tomorrow: branches and tags move, a commit's 40 digits do not."""
    return ref.kind == "huggingface" and not _COMMIT.fullmatch(ref.version)
