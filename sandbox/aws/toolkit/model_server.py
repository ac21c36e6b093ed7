"""As the PyTorch and Hugging Face images serve: a model server, whose workers load the model when they start."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from inspect import signature
from types import ModuleType
from typing import Any

from tradewind.sandbox.aws.toolkit import codecs, defaults, install
from tradewind.sandbox.aws.toolkit.answers import Answer, Request, pieces
from tradewind.sandbox.aws.toolkit.context import Context
from tradewind.sandbox.aws.toolkit.place import DEFAULT_PROGRAM, JSON, Place

log = logging.getLogger("toolkit")

Fn = Callable[..., Any]
FUNCTIONS = ("model_fn", "input_fn", "predict_fn", "output_fn", "transform_fn")
AGAIN = 1.0  # seconds before a worker that failed is started again


class ModelServer:
    """`framework` decides the default functions and how errors are told. So many requests at a time as there are workers."""

    def __init__(self, place: Place, framework: str) -> None:
        self._place = place
        self._framework = framework
        self._workers = threading.BoundedSemaphore(place.workers)
        self._state = "loading"
        self._model: Any = None
        self._functions: Mapping[str, Fn | None] = {}

    def prepare(self) -> None:
        code = self._place.model / "code"  # SAGEMAKER_SUBMIT_DIRECTORY is nothing to these images
        install.first(code)
        install.requirements(code / "requirements.txt", self._place.base)
        threading.Thread(target=self._load, daemon=True).start()

    def ping(self) -> Answer:
        status = {"ready": 200, "loading": 503}.get(self._state, 500)
        return Answer(status, json.dumps({"status": "Healthy" if status == 200 else "Unhealthy"}).encode(), JSON)

    def invoke(self, request: Request) -> Answer:
        kind = request.content_type
        accept = request.accept if request.accept and request.accept != "*/*" else self._place.accept
        context = Context(str(self._place.model), request.headers)
        with self._workers:
            try:
                if self._state != "ready":
                    raise RuntimeError("the model is not loaded")
                result = self._transformed(codecs.text(request.body, kind), kind, accept, context)
                if isinstance(result, tuple):
                    result, accept = result[0], str(result[1])
                context.set_response_content_type(0, accept)
                status, _ = context.get_response_status(0)
                return Answer(status, _body(result), context.get_response_content_type(0) or accept)
            except Exception as error:
                log.exception("Prediction failed")
                return self._failed(error)

    def _load(self) -> None:
        while self._state != "ready":
            try:
                self._functions = self._found()
                folder = str(self._place.model)
                self._model = self._called("model_fn", Context(folder), folder)
                self._state = "ready"
            except Exception:  # the worker dies, and the server starts another one
                self._state = "failed"
                log.exception("Worker died.")
                threading.Event().wait(AGAIN)

    def _found(self) -> Mapping[str, Fn | None]:
        name = self._place.program or DEFAULT_PROGRAM.removesuffix(".py")
        module: ModuleType | None = importlib.import_module(name) if importlib.util.find_spec(name) else None
        own = {one: getattr(module, one, None) for one in FUNCTIONS}
        if own["transform_fn"] and (own["input_fn"] or own["predict_fn"] or own["output_fn"]):
            raise ValueError(
                "Cannot use transform_fn implementation in conjunction with input_fn, predict_fn, and/or output_fn"
            )
        return {one: own[one] or defaults.of(self._framework).get(one) for one in FUNCTIONS}

    def _transformed(self, body: Any, kind: str | None, accept: str, context: Context) -> Any:
        if self._functions["transform_fn"] is not None:
            return self._called("transform_fn", context, self._model, body, kind, accept)
        data = self._called("input_fn", context, body, kind)
        return self._called("output_fn", context, self._called("predict_fn", context, data, self._model), accept)

    def _called(self, name: str, context: Context, *given: Any) -> Any:
        """With the context where the function takes one more argument."""
        function = self._functions[name]
        if function is None:
            raise NotImplementedError(f"Please provide a {name} implementation.")
        wanted = len(signature(function).parameters)
        if wanted == len(given):
            return function(*given)
        if wanted == len(given) + 1:
            return function(*given, context)
        raise TypeError(f"{name} takes {wanted} arguments but {len(given)} were given.")

    def _failed(self, error: Exception) -> Answer:
        if self._framework == "huggingface":
            said = {"code": 400, "type": "InternalServerException", "message": str(error)}
            return Answer(400, json.dumps(said, indent=2).encode(), JSON)
        # sagemaker_inference.errors.BaseInferenceToolkitError names its own status
        status, message = getattr(error, "status_code", 500), getattr(error, "message", str(error))
        return Answer(int(status), f"{message}\n{traceback.format_exc()}".encode(), "text/plain")


def _body(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    return pieces(value) if hasattr(value, "__next__") else json.dumps(value).encode()
