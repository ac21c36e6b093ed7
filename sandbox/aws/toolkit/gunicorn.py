"""As the scikit-learn and XGBoost images serve: a Flask application, whose worker loads the model at its first request."""

from __future__ import annotations

import importlib
import json
import logging
import threading
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

from tradewind.sandbox.aws.toolkit import codecs, install
from tradewind.sandbox.aws.toolkit.answers import Answer, Request, pieces
from tradewind.sandbox.aws.toolkit.place import JSON, Place

log = logging.getLogger("toolkit")

PAGE = (
    "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>\n<h1>Internal Server Error</h1>\n<p>The server "
    "encountered an internal error and was unable to complete your request. Either the server is overloaded or there is an "
    "error in the application.</p>\n"
)
HTML = "text/html; charset=utf-8"
Fn = Callable[..., Any]


class Gunicorn:
    def __init__(self, place: Place, framework: str) -> None:
        self._place = place
        self._framework = framework
        self._lock = threading.Lock()
        self._transform: Fn | None = None
        self._app: Any = None

    def prepare(self) -> None:
        if self._place.program is None and self._framework == "xgboost":
            raise SystemExit(
                "SAGEMAKER_PROGRAM is not set: this stand-in serves no built-in algorithm of the XGBoost image"
            )
        install.submitted(self._place.submitted, self._place.code)
        install.first(self._place.code)
        install.requirements(self._place.code / "requirements.txt", self._place.base)

    def ping(self) -> Answer:
        try:
            self._loaded()
        except Exception:
            log.exception("the worker cannot start")
            return _broken()
        return Answer(200, b"", JSON)

    def invoke(self, request: Request) -> Answer:
        kind = request.content_type or JSON
        accept = request.accept if request.accept and request.accept != "*/*" else self._place.accept
        try:
            transform = self._loaded()
            with _as_flask_has_it(self._app, request):
                return _answered(transform(_text(request.body, kind), kind, accept))
        except Exception:
            log.exception("Exception on /invocations [POST]")
            return _broken()

    def _loaded(self) -> Fn:
        with self._lock:
            if self._transform is None:
                if self._place.program is None:
                    raise ImportError("SAGEMAKER_PROGRAM is not set")
                module = importlib.import_module(self._place.program)
                self._app = _flask()
                self._transform = transformer(module, str(self._place.model), self._framework)
            return self._transform


def _text(body: bytes, kind: str) -> str | bytes:
    """As `Request.get_data(as_text=True)`: what is not UTF-8 is replaced, not refused."""
    return body.decode("utf-8", "replace") if kind in codecs.TEXTS else body


def _flask() -> Any:
    """One application for all requests, as in those images: making one compiles code, which threads cannot do at once
    in Python 3.11 (SystemError: AST constructor recursion depth mismatch). None: the emulator was installed without Flask."""
    try:
        return importlib.import_module("flask").Flask("toolkit")
    except ImportError:
        return None


def _as_flask_has_it(app: Any, request: Request) -> AbstractContextManager[Any]:
    """`flask.request` for the user's functions."""
    if app is None:
        return nullcontext()
    made: AbstractContextManager[Any] = app.test_request_context(
        "/invocations", method="POST", data=request.body, headers=list(request.headers.items())
    )
    return made


def transformer(module: ModuleType, model_dir: str, framework: str) -> Fn:
    """body, content type, accept -> what the user's functions make of them."""
    own = {name: getattr(module, name, None) for name in ("input_fn", "predict_fn", "output_fn")}
    transform = getattr(module, "transform_fn", None)
    if transform is not None and any(own.values()):
        raise ValueError("Cannot use transform_fn implementation with input_fn, predict_fn, and/or output_fn")
    model = getattr(module, "model_fn", _no_model)(model_dir)
    if transform is not None:
        return lambda body, kind, accept: transform(model, body, kind, accept)

    def chained(body: Any, kind: str, accept: str) -> Any:
        try:
            data = own["input_fn"](body, kind) if own["input_fn"] else _input(body, kind, framework)
        except codecs.UnsupportedFormatError as error:
            return _refused(415, error)
        prediction = own["predict_fn"](data, model) if own["predict_fn"] else _predict(data, model, framework)
        try:
            return (
                own["output_fn"](prediction, accept)
                if own["output_fn"]
                else (codecs.encode(prediction, accept), accept)
            )
        except codecs.UnsupportedFormatError as error:
            return _refused(406, error)

    return chained


def _no_model(_: str) -> Any:
    raise NotImplementedError("Please provide a model_fn implementation.")


def _input(body: Any, kind: str, framework: str) -> Any:
    data = codecs.decode(body, kind)
    if framework == "xgboost":
        import xgboost

        return xgboost.DMatrix(data.reshape(1, -1) if data.ndim == 1 else data)
    return data.astype("float32") if kind in codecs.TEXTS else data


def _predict(data: Any, model: Any, framework: str) -> Any:
    return model.predict(data, validate_features=False) if framework == "xgboost" else model.predict(data)


def _answered(result: Any) -> Answer:
    """As Flask makes an answer of what a view gives back."""
    if isinstance(result, Answer):
        return result
    if isinstance(result, tuple):
        return Answer(200, _body(result[0]), _typed(str(result[1])))
    if hasattr(result, "get_data") and hasattr(result, "status_code"):
        kind = getattr(result, "content_type", None) or getattr(result, "mimetype", None) or JSON
        return Answer(int(result.status_code), bytes(result.get_data()), str(kind))
    if isinstance(result, (str, bytes, bytearray)):
        return Answer(200, _body(result), HTML)
    if isinstance(result, (dict, list)):
        return Answer(200, json.dumps(result).encode(), JSON)
    raise TypeError(f"The view function did not return a valid response: {type(result).__name__}")


def _body(value: Any) -> bytes | Iterable[bytes]:
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, (bytes, bytearray)):
        return bytes(value)
    return pieces(value)


def _typed(kind: str) -> str:
    return f"{kind}; charset=utf-8" if kind.startswith("text/") and "charset" not in kind else kind


def _refused(status: int, error: Exception) -> Answer:
    body = {"error": type(error).__name__, "error-message": str(error), "stack-trace": traceback.format_exc()}
    return Answer(status, json.dumps(body).encode(), JSON)


def _broken() -> Answer:
    return Answer(500, PAGE.encode(), HTML)
