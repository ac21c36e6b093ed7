"""Built-in loaders for a model folder without a handler: which framework, which file, and versions that differ."""

from __future__ import annotations

import importlib
import json
import os
from importlib import metadata
from typing import Any, Callable, Iterable, NamedTuple

from tradewind.serving.errors import StartError
from tradewind.serving.handler import Model

Warn = Callable[[str], None]


class Framework(NamedTuple):
    """`endings` in order of preference; `package` is what to install, `needs` what must be importable."""

    module: str
    endings: tuple[str, ...]
    package: str
    needs: str


FRAMEWORKS: dict[str, Framework] = {
    "sklearn": Framework("pickled", (".joblib", ".pkl", ".pickle"), "scikit-learn", "sklearn"),
    "xgboost": Framework("xgboost_", (".ubj", ".xgb", ".bst", ".json", ".model"), "xgboost", "xgboost"),
    "lightgbm": Framework("lightgbm_", (".txt", ".lgb", ".lgbm"), "lightgbm", "lightgbm"),
    "onnx": Framework("onnx_", (".onnx",), "onnxruntime", "onnxruntime"),
    "pytorch": Framework("torchscript", (".pt", ".pth", ".ts", ".torchscript"), "torch", "torch"),
}
ALIASES = {
    "scikit-learn": "sklearn",
    "scikitlearn": "sklearn",
    "torch": "pytorch",
    "torchscript": "pytorch",
    "onnxruntime": "onnx",
}

# Files that stand beside a model and are none.
_BESIDE = frozenset(["manifest.json", "metrics.json", "config.json", "requirements.txt", "README.txt"])
# One distribution imports under the name of another: a manifest may name either.
_TWINS = {"xgboost": ("xgboost-cpu",), "onnxruntime": ("onnxruntime-gpu",), "torch": (), "scikit-learn": ("sklearn",)}


def manifest(folder: str) -> dict[str, Any]:
    """The folder's manifest.json; {} when there is none. Raises StartError when it cannot be read."""
    path = os.path.join(folder, "manifest.json")
    if not os.path.exists(path):
        return {}
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError) as error:
        raise StartError(f"manifest.json of the model cannot be read: {error}") from None
    return found if isinstance(found, dict) else {}


def _files(folder: str) -> list[str]:
    return sorted(
        name
        for name in os.listdir(folder)
        if name not in _BESIDE and not name.startswith(".") and os.path.isfile(os.path.join(folder, name))
    )


def _is_model(name: str, path: str) -> bool:
    """Text endings are shared with other things: look inside."""
    if name.endswith(".json"):
        with open(path, "rb") as file:
            return b'"learner"' in file.read(4096)
    if name.endswith(".txt"):
        with open(path, "rb") as file:
            return file.read(4) == b"tree"
    return True


def _file_of(folder: str, files: Iterable[str], framework: Framework) -> str | None:
    for ending in framework.endings:
        found = [n for n in files if n.lower().endswith(ending) and _is_model(n.lower(), os.path.join(folder, n))]
        named = [n for n in found if n.startswith("model.")]
        if len(found) > 1 and not named:
            raise StartError(
                f"the model folder holds several models ({', '.join(found)}): call one of them model{ending}"
            )
        if found:
            return (named or found)[0]
    return None


def find(folder: str, said: str) -> tuple[str, str]:
    """Framework and file of the model in a folder. Raises StartError that says what to do when there is none."""
    if not folder:
        raise StartError("there is neither a model folder (TW_MODEL_DIR) nor a handler (TW_HANDLER)")
    about, files = manifest(folder), _files(folder)
    wished = [
        ALIASES.get(name, name) for name in (said, str(about.get("framework") or "").split(":")[0].lower()) if name
    ]
    for name in [*wished, *FRAMEWORKS]:
        if name in FRAMEWORKS:
            file = _file_of(folder, files, FRAMEWORKS[name])
            if file:
                return name, file
    if wished and wished[0] not in FRAMEWORKS:
        raise StartError(f"framework {wished[0]!r} has no built-in loader: write a handler with load and predict")
    endings = " ".join(e for name in (wished or FRAMEWORKS) if name in FRAMEWORKS for e in FRAMEWORKS[name].endings)
    raise StartError(
        f"no model was found: the model folder holds {', '.join(files) or 'nothing'}, and a built-in loader wants a file "
        f"ending in one of {endings}; or write a handler with load and predict"
    )


def _installed(package: str) -> str:
    for name in (package, *_TWINS.get(package, ())):
        try:
            return metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return ""


def warn_of_versions(about: dict[str, Any], warn: Warn) -> None:
    """A word for each library that the model was made with in another version than the one here."""
    versions = about.get("versions")
    for package, made in sorted(versions.items()) if isinstance(versions, dict) else ():
        here = _installed(str(package)) if package != "python" else ""
        if here and str(made) and here != str(made):
            warn(f"the model was made with {package} {made}; here is {here}")


def load(folder: str, said: str, method: str, warn: Warn) -> Model:
    """The model of a folder, ready to answer. Raises StartError."""
    name, file = find(folder, said)
    framework = FRAMEWORKS[name]
    warn_of_versions(manifest(folder), warn)
    try:
        importlib.import_module(framework.needs)
        module = importlib.import_module("tradewind.serving.frameworks." + framework.module)
    except ImportError as error:
        raise StartError(f"{file} needs {framework.package}: pip install {framework.package} ({error})") from error
    try:
        model: Model = module.load(os.path.join(folder, file), method, warn)
    except ModuleNotFoundError as error:
        raise StartError(f"{file} needs {error.name}, which is not installed: add it to requirements") from error
    model.name = file
    return model
