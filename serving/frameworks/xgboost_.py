"""XGBoost from its own formats (ubj, json)."""

from __future__ import annotations

import json
from typing import Any

import xgboost

from tradewind.serving.errors import bad, without_paths
from tradewind.serving.frameworks import Warn, tables
from tradewind.serving.frameworks.pickled import Estimator
from tradewind.serving.handler import Context, Model


class Trees(Model):
    """A bare booster: what its objective gives (a probability for binary:logistic, a class for multi:softmax)."""

    bounded = True

    def __init__(self, booster: Any) -> None:
        self.estimator = booster
        self._names = booster.feature_names
        self._width = int(booster.num_features()) or None

    def predict(self, inputs: Any, _context: Context) -> Any:
        table = tables.matrix(inputs, self._names, self._width, "float32")
        try:
            return self.estimator.inplace_predict(table)
        except (xgboost.core.XGBoostError, ValueError, TypeError) as error:
            raise bad(f"the model cannot take these inputs: {without_paths(str(error)).splitlines()[-1]}") from error


def _kind(booster: Any) -> str:
    """classifier, regressor or nothing: what XGBoost's scikit-learn wrapper wrote down when it saved the model."""
    try:
        return str(json.loads(booster.attr("scikit_learn") or "{}").get("_estimator_type") or "")
    except (ValueError, AttributeError):
        return ""


def load(path: str, method: str, warn: Warn) -> Model:
    booster = xgboost.Booster()
    booster.load_model(path)
    kind = _kind(booster)
    try:
        import sklearn  # noqa: F401 - XGBoost's wrappers need it
    except ImportError:
        if kind:
            warn("scikit-learn is not installed: the answers are the booster's own, not a classifier's or regressor's")
        return Trees(booster)
    if kind not in ("classifier", "regressor"):
        return Trees(booster)
    model = xgboost.XGBClassifier() if kind == "classifier" else xgboost.XGBRegressor()
    model.load_model(path)
    return Estimator(model, method)
