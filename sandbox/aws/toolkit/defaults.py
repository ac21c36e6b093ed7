"""What the PyTorch and Hugging Face images do for a function that the user's module does not have."""

from __future__ import annotations

import importlib
import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tradewind.sandbox.aws.toolkit import codecs

Fn = Callable[..., Any]


def of(framework: str) -> Mapping[str, Fn]:
    return HUGGINGFACE if framework == "huggingface" else PYTORCH


def _torch_model(model_dir: str) -> Any:
    import torch

    named = Path(model_dir) / "model.pt"
    found = (
        [named] if named.exists() else [path for path in Path(model_dir).iterdir() if path.suffix in (".pt", ".pth")]
    )
    if len(found) != 1:
        raise ValueError(f"Exactly one .pth or .pt file is required for PyTorch models: {found}")
    return torch.jit.load(str(found[0]), map_location="cpu")


def _torch_input(body: Any, kind: str | None) -> Any:
    import torch

    data = codecs.decode(body, kind)
    return torch.FloatTensor(data) if kind in codecs.TEXTS else torch.from_numpy(data)


def _torch_predict(data: Any, model: Any) -> Any:
    import torch

    with torch.no_grad():
        model.eval()
        return model(data)


def _torch_output(prediction: Any, accept: str) -> str | bytes:
    if hasattr(prediction, "detach"):
        prediction = prediction.detach().cpu().numpy().tolist()
    for kind in accept.replace(" ", "").split(","):
        if kind in (codecs.JSON, codecs.CSV, codecs.NPY):
            return codecs.encode(prediction, kind)
    raise codecs.UnsupportedFormatError(accept)


def _pipeline(model_dir: str) -> Any:
    task = os.environ.get("HF_TASK")
    if task is None:
        raise ValueError("You need to define a task as env 'HF_TASK'.")
    return importlib.import_module("transformers").pipeline(task=task, model=model_dir)


def _plain_input(body: Any, kind: str | None) -> Any:
    if kind != codecs.JSON:
        raise codecs.UnsupportedFormatError(kind)
    return json.loads(body)


def _pipeline_predict(data: Any, model: Any) -> Any:
    inputs, parameters = data.pop("inputs", data), data.pop("parameters", None)
    return model(inputs) if parameters is None else model(inputs, **parameters)


PYTORCH: Mapping[str, Fn] = {
    "model_fn": _torch_model,
    "input_fn": _torch_input,
    "predict_fn": _torch_predict,
    "output_fn": _torch_output,
}
HUGGINGFACE: Mapping[str, Fn] = {
    "model_fn": _pipeline,
    "input_fn": _plain_input,
    "predict_fn": _pipeline_predict,
    "output_fn": codecs.encode,
}
