"""What a function that takes one more argument is given: the context of a model server (mms/context.py, ts/context.py)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


class RequestProcessor:
    """One request's headers, and what is said of its answer."""

    def __init__(self, headers: Mapping[str, str]) -> None:
        self._request = dict(headers)
        self._response: dict[str, str] = {}
        self._status = 200
        self._phrase: str | None = None

    def get_request_property(self, key: str) -> str | None:
        return self._request.get(key)

    def get_request_properties(self) -> dict[str, str]:
        return self._request

    def report_status(self, code: int, reason_phrase: str | None = None) -> None:
        self._status, self._phrase = code, reason_phrase

    def get_response_status_code(self) -> int:
        return self._status

    def get_response_status_phrase(self) -> str | None:
        return self._phrase

    def add_response_property(self, key: str, value: str) -> None:
        self._response[key] = value

    def get_response_headers(self) -> dict[str, str]:
        return self._response

    def get_response_header(self, key: str) -> str | None:
        return self._response.get(key)


class Context:
    """`request_processor` has one entry: requests are not batched here."""

    def __init__(self, model_dir: str, headers: Mapping[str, str] | None = None) -> None:
        self.model_name = "model"
        self.manifest: Any = None
        self.metrics: Any = None
        self.system_properties = {"model_dir": model_dir, "gpu_id": None, "batch_size": 1}
        self.request_processor = None if headers is None else [RequestProcessor(headers)]

    def _of(self, idx: int) -> RequestProcessor:
        assert self.request_processor is not None, "there is no request yet"
        return self.request_processor[idx]

    def get_request_header(self, idx: int, key: str) -> str | None:
        return self._of(idx).get_request_property(key)

    def get_all_request_header(self, idx: int) -> dict[str, str]:
        return self._of(idx).get_request_properties()

    def set_response_content_type(self, idx: int, value: str) -> None:
        self.set_response_header(idx, "content-type", value)

    def get_response_content_type(self, idx: int) -> str | None:
        return self.get_response_headers(idx).get("content-type")

    def set_response_header(self, idx: int, key: str, value: str) -> None:
        self._of(idx).add_response_property(key, value)

    def get_response_headers(self, idx: int) -> dict[str, str]:
        return self._of(idx).get_response_headers()

    def set_response_status(self, code: int = 200, phrase: str = "", idx: int = 0) -> None:
        self._of(idx).report_status(code, reason_phrase=phrase)

    def set_all_response_status(self, code: int = 200, phrase: str = "") -> None:
        self.set_response_status(code, phrase)

    def get_response_status(self, idx: int) -> tuple[int, str | None]:
        return self._of(idx).get_response_status_code(), self._of(idx).get_response_status_phrase()
