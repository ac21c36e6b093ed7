"""Whose server answers in a container: ours, by itself or behind the shim of a SageMaker image, or the image's own."""

from __future__ import annotations

from tradewind.providers.aws import shim_environment
from tradewind.values import Version

# What our server loads without a handler. Other frameworks' images (vLLM, TensorFlow, Hugging Face) serve a model by themselves.
LOADED = frozenset({"sklearn", "xgboost", "lightgbm", "onnx", "pytorch"})


def by_us(version: Version) -> bool:
    said = version.serving.handler is not None or version.serving.framework in LOADED
    return said and shim_environment.runs_ours(version.container.image)
