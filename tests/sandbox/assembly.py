"""Some of the emulator's parts behind a port of their own, beside whatever a test puts in for the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from werkzeug.serving import WSGIRequestHandler, make_server

from tradewind.sandbox.aws.doors import Door
from tradewind.sandbox.aws.front import scope

KEYS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}


class _Quiet(WSGIRequestHandler):
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Calls are not logged."""


class Assembly:
    """`doors` may be filled once the address is known."""

    def __init__(self) -> None:
        self.doors: list[Door] = []
        self._server = make_server("127.0.0.1", 0, self._serve, threaded=True, request_handler=_Quiet)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()

    def client(self, service: str, region: str = "us-east-1") -> Any:
        config = Config(retries={"mode": "standard", "total_max_attempts": 1})
        return boto3.client(service, endpoint_url=self.url, region_name=region, config=config, **KEYS)

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _serve(self, environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        region, service = scope(environ.get("HTTP_AUTHORIZATION", ""))
        for door in self.doors:
            if (said := door(environ, region, service)) is not None:
                answer(f"{said.status} X", list(said.headers))
                return said.body
        answer("404 Not Found", [("Content-Length", "0")])
        return []


@contextmanager
def assembled() -> Iterator[Assembly]:
    one = Assembly()
    try:
        yield one
    finally:
        one.close()
