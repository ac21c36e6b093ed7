"""manifest.json in the model's folder: what it was made with. Serving compares it with what it has."""

from __future__ import annotations

import json
import os
import platform
import sys
from importlib import metadata
from typing import Any

NAME = "manifest.json"
SCHEMA = "tradewind/manifest/1"

# Distributions whose version decides whether a saved model can be read.
PACKAGES = (
    "scikit-learn", "numpy", "scipy", "pandas", "joblib", "xgboost", "xgboost-cpu", "lightgbm", "catboost", "torch",
    "tensorflow", "keras", "jax", "transformers", "safetensors", "onnx", "onnxruntime", "skl2onnx",
)  # fmt: skip

# What a file's ending says about the framework, most telling first.
_ENDINGS = (
    (".onnx", "onnx"),
    ((".pt", ".pth", ".ts", ".torchscript"), "pytorch"),
    (".safetensors", "huggingface"),
    (".keras", "tensorflow"),
    ("saved_model.pb", "tensorflow"),
    ((".ubj", ".xgb", ".bst"), "xgboost"),
    ((".lgb", ".lgbm"), "lightgbm"),
    ((".joblib", ".pkl", ".pickle"), "sklearn"),
)


def write(folder: str, framework: str = "", **more: Any) -> dict[str, Any]:
    """Write or complete it; what the job itself wrote is kept. `more`: facts about the model, such as its columns."""
    path = os.path.join(folder, NAME)
    said = _read(path)
    made: dict[str, Any] = {
        "schema": SCHEMA,
        "framework": framework.partition(":")[0] or guess(folder),
        "versions": {"python": platform.python_version(), **versions()},
        "python": platform.python_version(),
        "created_by": f"tradewind {_own_version()}",
        **more,
    }
    found = {**made, **said, "versions": {**made["versions"], **_mapping(said.get("versions"))}}
    with open(path + ".part", "w", encoding="utf-8") as file:
        json.dump(found, file, ensure_ascii=False, indent=1, sort_keys=True)
    os.replace(path + ".part", path)
    return found


def clear(folder: str) -> None:
    """One left by an earlier attempt says nothing about the model to come."""
    path = os.path.join(folder, NAME)
    if os.path.exists(path):
        os.remove(path)


def versions() -> dict[str, str]:
    """Of those packages that are installed in this Python."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def guess(folder: str) -> str:
    """The framework by the files at the top of the folder; "" where they do not say."""
    names = [name.lower() for name in sorted(os.listdir(folder))]
    for endings, framework in _ENDINGS:
        if any(name.endswith(endings) for name in names):
            return framework
    return ""


def holds_a_model(folder: str) -> bool:
    try:
        return any(name != NAME and not name.startswith(".") for name in os.listdir(folder))
    except OSError:
        return False


def _read(path: str) -> dict[str, Any]:
    try:
        with open(path, encoding="utf-8") as file:
            return _mapping(json.load(file))
    except (OSError, ValueError):
        return {}  # none, or not JSON: ours replaces it


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _own_version() -> str:
    package = sys.modules["tradewind"]
    found = getattr(package, "__version__", "")
    if found:
        return str(found)
    try:
        return metadata.version("tradewind")
    except metadata.PackageNotFoundError:
        return "0"
