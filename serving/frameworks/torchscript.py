"""PyTorch models saved by torch.jit: they bring their code along, so nothing else is needed to run them."""

from __future__ import annotations

from typing import Any

import torch

from tradewind.serving.errors import HttpError, bad, without_paths
from tradewind.serving.frameworks import Warn, tables
from tradewind.serving.handler import Context, Model


class Script(Model):
    """Rows of any rank in, as float32 (or the kind of an npy body); tensors, or a list or dict of them, out."""

    bounded = True

    def __init__(self, module: Any, device: str) -> None:
        self.estimator = module
        self._device = device

    def predict(self, inputs: Any, _context: Context) -> Any:
        if isinstance(inputs, (bytes, str)):
            raise HttpError(415, "this model takes arrays: send JSON, text/csv or application/x-npy")
        columns = tables.columns(inputs)
        rows = inputs if columns is None else tables.in_order(columns, None)
        array = tables.array_of(rows, None if hasattr(rows, "dtype") else "float32")
        try:
            with torch.inference_mode():
                return self._plain(self.estimator(torch.from_numpy(array).to(self._device)))
        except (RuntimeError, ValueError, TypeError) as error:
            raise bad(f"the model cannot take these inputs: {without_paths(str(error)).splitlines()[-1]}") from error

    def _plain(self, found: Any) -> Any:
        if isinstance(found, torch.Tensor):
            return found.cpu().numpy()
        if isinstance(found, dict):
            return {name: self._plain(value) for name, value in found.items()}
        return [self._plain(value) for value in found] if isinstance(found, (list, tuple)) else found


def load(path: str, _method: str, _warn: Warn) -> Script:
    device = "cuda" if torch.cuda.is_available() else "cpu"
    return Script(torch.jit.load(path, map_location=device).eval(), device)
