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
MODEL = rf"^({_URI}|hf:[A-Za-z0-9][A-Za-z0-9_./-]*(@[A-Za-z0-9_.-]+)?|models:/\S+|run:[A-Za-z0-9][A-Za-z0-9_.:-]*|{_LOCAL})$"
_REGISTERED = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*@[A-Za-z0-9_.-]+", re.ASCII)

ADDRESS = r"^https?://[^/@\s]+(/\S*)?$"
ADDRESS_SAID = "an address is written like https://host:port, without user or password"

FRAMEWORKS = ("sklearn", "pytorch", "tensorflow", "xgboost", "huggingface", "lightgbm", "onnx")
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
}
PROVIDERS = ("aws", "gcp", "azure", "local")
PROVIDER_ALIASES = {"sagemaker": "aws", "vertex": "gcp", "vertexai": "gcp", "azureml": "azure"}


def provider(name: str) -> str:
    """The canonical name: `sagemaker` is `aws`. Names of plug-ins come back as they are."""
    return PROVIDER_ALIASES.get(name, name)


@dataclass(frozen=True)
class ModelRef:
    """What `serve.model` names. `version` is set for a registry's name@version; `name` is the path, URI or name."""

    kind: Literal["train", "run", "path", "uri", "registry", "huggingface", "mlflow"]
    name: str
    version: str = ""


def model_ref(text: str) -> ModelRef:
    """`train`, a path, a URI, `name@version` of the cloud's registry, `run:NAME`; `hf:` and `models:/` are reserved forms."""
    if text == "train":
        return ModelRef("train", text)
    if text.startswith("run:"):
        return ModelRef("run", text.removeprefix("run:"))
    if text.startswith("hf:"):
        name, _, version = text.removeprefix("hf:").partition("@")
        return ModelRef("huggingface", name, version)
    if text.startswith("models:/"):
        return ModelRef("mlflow", text.removeprefix("models:/"))
    if "://" in text:
        return ModelRef("uri", text)
    if _REGISTERED.fullmatch(text):
        name, _, version = text.partition("@")
        return ModelRef("registry", name, version)
    return ModelRef("path", text)
