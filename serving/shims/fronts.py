"""Requests and answers in the words of the server before ours: Flask under gunicorn, or a model server's context.

Facts are of the toolkits' sources: sagemaker-containers 2.8 (`_transformer.py`, `_worker.py`), sagemaker-inference 1.5 to 1.10
(`transformer.py`), sagemaker-huggingface-inference-toolkit 2.6 (`handler_service.py`), mms and ts `context.py`.
"""

from __future__ import annotations

import http
import importlib
import os
import sys
from typing import Any, Mapping

from tradewind.serving.shims.beside import StartFailed
from tradewind.serving.shims.relay import Answer, Asked, Relay

_HUGGING_FACE = "sagemaker_huggingface_inference_toolkit"
_MODEL_SERVERS = ("mms.service", "ts.service")


class Prediction:
    """A request on its way through predict_fn to output_fn, which alone is always told what the caller accepts."""

    def __init__(self, asked: Asked, relay: Relay) -> None:
        self.asked = asked
        self.relay = relay

    def answer(self, accept: str) -> Answer:
        """`accept`: the toolkit's word, for where it hides the caller's own."""
        headers = dict(self.asked.headers)
        if "accept" in headers and not headers["accept"]:
            del headers["accept"]
        elif "accept" not in headers and accept:
            headers["accept"] = accept
        return self.relay.ask(Asked(self.asked.body, headers))


class Refusal(Exception):
    """An answer other than 200, for a toolkit that is told of those by an exception: by these very names."""

    def __init__(self, status_code: int, message: str, phrase: str) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.message = message
        self.phrase = phrase


def loaded(model_dir: str) -> Relay:
    """Raises StartFailed where that makes the server before ours unhealthy."""
    _bodies_as_they_are()
    relay = Relay(model_dir)
    try:
        relay.wait()
    except StartFailed:
        # Those are healthy whatever happens here: better a quick 503, which a rollout counts, than a 400 or no answer at all.
        if not any(name in sys.modules for name in _MODEL_SERVERS):
            raise
    return relay


def asked(data: Any, content_type: str | None, context: Any) -> Asked:
    """Headers as the caller sent them where they can be seen, with an empty `accept` for one that was left out."""
    if _by_flask():
        flask = importlib.import_module("flask")
        if flask.has_request_context():
            # The toolkit has read the body as text; the request that it read it with still has the bytes.
            request = flask.request.environ.get("werkzeug.request", flask.request)
            return Asked(request.get_data(), {"accept": "", **_lower(dict(flask.request.headers))})
    headers: dict[str, str] = {}
    processor = _processor(context)
    if processor is not None:
        headers = {"accept": "", **_lower(processor.get_request_properties())}
    if content_type:
        headers["content-type"] = content_type
    return Asked(_bytes(data), headers)


def told(answer: Answer, context: Any) -> Any:
    """What output_fn gives back, so that the caller gets the answer as it is. Raises where that is the only way."""
    if _by_flask():
        return _of_flask(answer)
    processor = _processor(context)
    if processor is not None:
        return _by_context(answer, context, processor)
    if answer.status != 200:
        raise _refusal()(answer.status, answer.body.decode("utf-8", "replace"), _phrase(answer.status))
    return answer.body if _HUGGING_FACE in sys.modules else (answer.body, answer.content_type)


def _bodies_as_they_are() -> None:
    """The model servers' toolkits decode JSON and CSV before they ask us, and call what is not UTF-8 a server's error."""
    for toolkit in ("sagemaker_inference", _HUGGING_FACE):
        types = sys.modules.get(f"{toolkit}.content_types")
        if types is not None:
            types.UTF8_TYPES = []  # type: ignore[attr-defined]  # a list of the toolkit's


def _by_flask() -> bool:
    """Said by the provider, which knows the image; else the one toolkit of this kind is at work here."""
    said = os.environ.get("TW_SHIM_FRONT")
    return said == "gunicorn" if said else "sagemaker_containers" in sys.modules


def _of_flask(answer: Answer) -> Any:
    response = importlib.import_module("flask").Response(answer.body, status=answer.status)
    response.headers["Content-Type"] = answer.content_type  # as it is: Flask would add a charset
    for name, value in answer.headers.items():
        response.headers[name] = value
    return response


def _by_context(answer: Answer, context: Any, processor: Any) -> bytes:
    if answer.status != 200:
        context.set_response_status(code=answer.status, phrase=_phrase(answer.status), idx=0)
    for name, value in {**answer.headers, "content-type": answer.content_type}.items():
        processor.add_response_property(name, value)
    # After us both toolkits write what the caller accepts as the answer's type, also over an error and over an image.
    processor.add_response_property = _settled
    return answer.body


def _settled(_name: str, _value: str) -> None:
    """The answer's headers are written."""


def _processor(context: Any) -> Any:
    found = getattr(context, "request_processor", None)
    return found[0] if found else None


def _refusal() -> Any:
    try:
        return importlib.import_module("sagemaker_inference.errors").BaseInferenceToolkitError
    except (ImportError, AttributeError):
        return Refusal


def _phrase(status: int) -> str:
    try:
        return http.HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"


def _lower(headers: Mapping[Any, Any]) -> dict[str, str]:
    """The model servers put the body's own type among the headers, as a dict."""
    return {str(name).lower(): value for name, value in headers.items() if isinstance(value, str)}


def _bytes(data: Any) -> bytes:
    """The toolkits decode JSON and CSV; a form has no body of its own."""
    if data is None:
        return b""
    return data.encode("utf-8") if isinstance(data, str) else bytes(data)
