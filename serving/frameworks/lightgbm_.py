"""LightGBM from its text format."""

from __future__ import annotations

from typing import Any

import lightgbm

from tradewind.serving.errors import bad, without_paths
from tradewind.serving.frameworks import Warn, tables
from tradewind.serving.handler import Context, Model


class Trees(Model):
    """What the objective gives: values, or probabilities for a classifier."""

    bounded = True

    def __init__(self, booster: Any) -> None:
        self.estimator = booster
        names = list(booster.feature_name())
        # Column_0, Column_1, ... are LightGBM's own names for columns that had none
        self._names = None if names and names[0] == "Column_0" else names
        self._width = int(booster.num_feature())

    def predict(self, inputs: Any, _context: Context) -> Any:
        table = tables.matrix(inputs, self._names, self._width, "float64")
        try:
            return self.estimator.predict(table, num_threads=1)
        except (lightgbm.basic.LightGBMError, ValueError, TypeError) as error:
            raise bad(f"the model cannot take these inputs: {without_paths(str(error))}") from error


def load(path: str, _method: str, _warn: Warn) -> Trees:
    return Trees(lightgbm.Booster(model_file=path))
