"""scikit-learn and everything that looks like it, from a joblib or pickle file."""

from __future__ import annotations

import pickle
import warnings
from typing import Any

import numpy

from tradewind.serving.errors import HttpError, StartError, bad, without_paths
from tradewind.serving.frameworks import Warn, tables
from tradewind.serving.handler import Context, Model

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "transform", "score_samples")


class Estimator(Model):
    """Asks an estimator by TW_METHOD, or by the request's parameter `method`."""

    bounded = True

    def __init__(self, estimator: Any, method: str) -> None:
        if method not in METHODS:
            raise StartError(f"TW_METHOD={method!r} is none of {', '.join(METHODS)}")
        if not callable(getattr(estimator, method, None)):
            raise StartError(f"the model is a {type(estimator).__name__}, which has no {method}")
        self.estimator = estimator
        self._method = method
        names = getattr(estimator, "feature_names_in_", None)
        self._names: list[str] | None = None if names is None else [str(name) for name in names]
        width = getattr(estimator, "n_features_in_", None)
        self._width = int(width) if isinstance(width, (int, numpy.integer)) else None
        self._pandas = tables.pandas() if self._names is not None else None

    def predict(self, inputs: Any, context: Context) -> Any:
        method = self._method
        if context.parameters:
            method = self._asked(context.parameters)
        table = self._table(inputs)
        try:
            result = getattr(self.estimator, method)(table)
        except (ValueError, TypeError, KeyError) as error:
            if self._names and self._pandas is None and "dataframe" in str(error):
                raise HttpError(
                    500, "this model picks its columns by name, which needs pandas: add it to requirements"
                ) from error
            # the model is known to be fitted and fine: what it cannot take is what was sent
            raise bad(f"the model cannot take these inputs: {without_paths(str(error))}") from error
        return result.toarray() if hasattr(result, "toarray") else result

    def _asked(self, parameters: Any) -> str:
        unknown = [name for name in parameters if name != "method"]
        if unknown:
            raise bad(f"unknown parameter {unknown[0]!r}; this model knows method")
        method = parameters.get("method", self._method)
        if method not in METHODS or not callable(getattr(self.estimator, method, None)):
            raise bad(f"this model has no method {method!r}")
        return str(method)

    def _table(self, inputs: Any) -> Any:
        if self._pandas is None:
            return tables.matrix(inputs, self._names, self._width)
        columns = tables.columns(tables.with_header(inputs, self._names))
        if columns is None:
            rows = tables.matrix(inputs, None, self._width)
            return self._pandas.DataFrame(rows, columns=self._names).infer_objects()
        missing = [name for name in self._names or () if name not in columns]
        if missing:
            raise bad(f"columns are missing: {', '.join(missing[:10])}")
        return self._pandas.DataFrame({name: columns[name] for name in self._names or ()})


def _unpickled(path: str) -> Any:
    try:
        import joblib
    except ImportError:
        with open(path, "rb") as file:
            return pickle.load(file)
    return joblib.load(path)


def load(path: str, method: str, warn: Warn) -> Estimator:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = _unpickled(path)
    for said in caught:
        warn(without_paths(str(said.message)).split("\n")[0])
    if getattr(model, "n_jobs", None) not in (None, 1) and hasattr(model, "set_params"):
        model.set_params(n_jobs=1)  # a request is small: starting helpers for it costs more than it gains
    # without pandas the names are put in order by us, so that this warning would be wrong
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    return Estimator(model, method)
