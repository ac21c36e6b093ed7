"""What SageMaker's toolkits import as the user's module (SAGEMAKER_PROGRAM). The model and the handler are those of TW_*.

Each function can be called with and without the toolkit's context: newer toolkits count the parameters and pass it.
"""

from __future__ import annotations

from typing import Any

from tradewind.serving.shims import fronts
from tradewind.serving.shims.relay import Asked, Relay


def model_fn(model_dir: str, context: Any = None) -> Relay:  # noqa: ARG001 - the toolkits' signature
    return fronts.loaded(model_dir)


def input_fn(input_data: Any, content_type: str | None, context: Any = None) -> Asked:
    return fronts.asked(input_data, content_type, context)


def predict_fn(data: Asked, model: Relay, context: Any = None) -> fronts.Prediction:  # noqa: ARG001
    return fronts.Prediction(data, model)


def output_fn(prediction: fronts.Prediction, accept: str, context: Any = None) -> Any:
    return fronts.told(prediction.answer(accept), context)
