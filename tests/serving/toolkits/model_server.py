"""The Python half of a model server (mms or ts) with a toolkit's handler service: cases from stdin, answers to stdout.

    python model_server.py mms sagemaker_inference.default_handler_service
    python model_server.py mms sagemaker_huggingface_inference_toolkit.handler_service
    python model_server.py ts sagemaker_pytorch_serving_container.handler_service

Requests go in as `Service.predict` gets them from the Java front, and answers are read back as that front reads them
(`create_predict_response` of `otf_message_handler.py`).
"""

from __future__ import annotations

import base64
import importlib
import inspect
import json
import os
import struct
import sys
from typing import Any


def main() -> None:
    server, toolkit = sys.argv[1:3]
    service = _service(server, importlib.import_module(toolkit))
    cases = json.load(sys.stdin)
    json.dump([_asked(service, case) for case in cases], sys.__stdout__)


def _service(server: str, toolkit: Any) -> Any:
    if hasattr(toolkit, "_is_gpu_available"):
        toolkit._is_gpu_available = lambda: False  # neither torch nor TensorFlow is here, which it would ask
    theirs = [
        found
        for _, found in inspect.getmembers(toolkit, inspect.isclass)
        if found.__module__ == toolkit.__name__ and hasattr(found, "handle")
    ]
    handler = theirs[0]()
    made = importlib.import_module(f"{server}.service").Service(
        "model", os.environ["TW_MODEL_DIR"], None, handler.handle, None, 1
    )
    if server == "ts":
        made.cl_socket = None
        made.context.metrics = _Metrics()
    handler.initialize(made.context)
    return made


class _Metrics:
    """What TorchServe's worker gives: a cache that counts."""

    request_ids: Any = None

    def add_time(self, *_: Any) -> None:
        """Nobody looks."""


def _asked(service: Any, case: dict[str, Any]) -> list[Any]:
    headers = {"X-Me": "me", "X-Request-Id": "1"}
    if case["content_type"] is not None:
        headers["Content-Type"] = case["content_type"]
    if case["accept"] is not None:
        headers["Accept"] = case["accept"]
    body = bytearray(base64.b64decode(case["body"]))
    answer = service.predict(
        [
            {
                "requestId": b"1",
                "headers": [{"name": name.encode(), "value": value.encode()} for name, value in headers.items()],
                "parameters": [{"name": "body", "contentType": case["content_type"] or "", "value": body}],
            }
        ]
    )
    return _read(bytes(answer))


def _read(message: bytes) -> list[Any]:
    """Status, content type and body of the one prediction in it."""
    at = 4
    _, at = _text(message, at)  # what the server says of the whole
    _, at = _text(message, at)  # the request's id
    kind, at = _text(message, at)
    (status,) = struct.unpack_from("!i", message, at)
    _, at = _text(message, at + 4)
    (count,) = struct.unpack_from("!i", message, at)
    at += 4
    for _ in range(2 * count):
        _, at = _text(message, at)
    body, at = _text(message, at)
    return [status, kind.decode(), base64.b64encode(body).decode()]


def _text(message: bytes, at: int) -> tuple[bytes, int]:
    (length,) = struct.unpack_from("!i", message, at)
    return message[at + 4 : at + 4 + length], at + 4 + length


if __name__ == "__main__":
    main()
