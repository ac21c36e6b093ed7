"""Whose server answers in a container: ours, started by the command that Vertex AI runs in it, or the image's own."""

from __future__ import annotations

from tradewind.providers.gcp import images
from tradewind.values import Version

# What our server loads without a handler. Other frameworks' images serve a model by themselves.
LOADED = frozenset({"sklearn", "xgboost", "lightgbm", "onnx", "pytorch"})
# Ready-made images whose Python, if any, is nobody's promise, and those that serve language models.
_OWN_SERVER = frozenset({"tensorflow", "vllm", "huggingface-llm", "huggingface-tei"})


def brings_server(image: str) -> bool:
    """A ready-made image in which nothing of ours is run."""
    known = images.find(image)
    return known is not None and known.framework in _OWN_SERVER


def by_us(version: Version) -> bool:
    said = version.serving.handler is not None or version.serving.framework in LOADED
    return said and not brings_server(version.container.image)
