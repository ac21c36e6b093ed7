"""Whose server answers in a container: ours, behind the inference server of a curated environment, or the image's own."""

from __future__ import annotations

from tradewind.values import Version

# What our server loads without a handler. A curated environment brings no server that knows models by itself.
LOADED = frozenset({"sklearn", "xgboost", "lightgbm", "onnx", "pytorch"})


def by_us(version: Version) -> bool:
    return version.serving.handler is not None or version.serving.framework in LOADED
