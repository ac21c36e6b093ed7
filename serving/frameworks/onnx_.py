"""ONNX through onnxruntime."""

from __future__ import annotations

from typing import Any

import numpy
import onnxruntime

from tradewind.serving.errors import HttpError, bad, without_paths
from tradewind.serving.frameworks import Warn, tables
from tradewind.serving.handler import Context, Model

_KINDS = {
    "tensor(float)": numpy.float32,
    "tensor(double)": numpy.float64,
    "tensor(float16)": numpy.float16,
    "tensor(int64)": numpy.int64,
    "tensor(int32)": numpy.int32,
    "tensor(int8)": numpy.int8,
    "tensor(uint8)": numpy.uint8,
    "tensor(bool)": numpy.bool_,
    "tensor(string)": object,
}


class Graph(Model):
    """One input takes rows of any rank; several take records or columns named as they are.

    The answer is the first output (`predict`) or the one with "prob" in its name (`predict_proba`), by TW_METHOD or the
    parameter `method`; the parameter `outputs` (names) gives several by name.
    """

    bounded = True

    def __init__(self, session: Any, method: str) -> None:
        self.estimator = session
        self._inputs = session.get_inputs()
        self._outputs = [output.name for output in session.get_outputs()]
        self._method = method

    def predict(self, inputs: Any, context: Context) -> Any:
        names = self._wanted(context.parameters)
        feed = self._feed(inputs)
        try:
            found = self.estimator.run(names, feed)
        except Exception as error:
            if type(error).__name__ in ("InvalidArgument", "Fail", "RuntimeException", "ValueError", "TypeError"):
                raise bad(f"the model cannot take these inputs: {without_paths(str(error))}") from error
            raise
        return dict(zip(names, found)) if "outputs" in context.parameters else found[0]

    def _wanted(self, parameters: dict[str, Any]) -> list[str]:
        if "outputs" in parameters:
            asked = parameters["outputs"]
            if not isinstance(asked, list) or not asked or any(name not in self._outputs for name in asked):
                raise bad(f'"outputs" must name some of {", ".join(self._outputs)}')
            return asked
        method = parameters.get("method", self._method)
        if method == "predict":
            return self._outputs[:1]
        found = [name for name in self._outputs if "prob" in name.lower()] if method == "predict_proba" else []
        if not found:
            raise bad(f"this model has no method {method!r}; its outputs are {', '.join(self._outputs)}")
        return found[:1]

    def _feed(self, inputs: Any) -> dict[str, Any]:
        if isinstance(inputs, (bytes, str)):
            raise HttpError(415, "this model takes arrays: send JSON, text/csv or application/x-npy")
        columns = tables.columns(inputs)
        names = [entry.name for entry in self._inputs]
        if columns is None or (len(names) == 1 and names[0] not in columns):
            if len(names) != 1:
                raise bad(f"this model has several inputs: send records or columns named {', '.join(names)}")
            rows = inputs if columns is None else tables.in_order(columns, None)
            return {names[0]: self._array(rows, self._inputs[0])}
        missing = [name for name in names if name not in columns]
        if missing:
            raise bad(f"inputs are missing: {', '.join(missing)}")
        return {entry.name: self._array(columns[entry.name], entry) for entry in self._inputs}

    def _array(self, values: Any, entry: Any) -> Any:
        array = tables.array_of(values, _KINDS.get(entry.type))
        if array.ndim == 0 or array.shape[0] == 0:
            raise bad("the inputs hold no rows")
        if array.ndim == 1 and len(entry.shape) == 2:
            if entry.shape[1] != 1:
                raise bad("the inputs have 1 dimension where the model takes rows: [[...], ...]")
            array = array.reshape(-1, 1)
        if array.ndim != len(entry.shape):
            raise bad(f"the inputs have {array.ndim} dimension(s), but the model takes {len(entry.shape)}")
        for have, want in zip(array.shape[1:], entry.shape[1:]):
            if isinstance(want, int) and have != want:
                raise bad(f"rows have {have} values, but the model takes {want}")
        return array


def load(path: str, method: str, _warn: Warn) -> Graph:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    return Graph(onnxruntime.InferenceSession(path, options, providers=onnxruntime.get_available_providers()), method)
