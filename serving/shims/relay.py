"""One request to the process beside us, and its whole answer."""

from __future__ import annotations

import os
import re
import socket
from http.client import HTTPConnection, HTTPException, IncompleteRead
from typing import Mapping, NamedTuple

from tradewind.serving.app import error_body
from tradewind.serving.errors import JSON, KINDS, without_paths
from tradewind.serving.shims.beside import Beside

_MARGIN = 5.0  # seconds past the request's own limit, which our server keeps itself
# What is about one connection and not about the request; the length is written anew.
_HOP = frozenset(
    ["connection", "content-length", "expect", "host", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"]
)
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+", re.ASCII)


class Answer(NamedTuple):
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str]  # others that mean something to a caller: retry-after, allow


class Asked(NamedTuple):
    """A request as far as a worker knows it. `headers`: lower-case names; without `accept` where only the toolkit knows it."""

    body: bytes
    headers: Mapping[str, str]


class Relay:
    """What model_fn gives: the model, as seen from a worker."""

    def __init__(self, model_dir: str) -> None:
        environ = dict(os.environ)
        environ.setdefault("TW_MODEL_DIR", model_dir)
        self._timeout = float(environ.get("TW_REQUEST_TIMEOUT") or 60) + _MARGIN
        self._beside = Beside(environ)
        self._port = self._beside.port()

    def wait(self) -> None:
        """Until the model is loaded. Raises StartFailed."""
        self._port = self._beside.ready()

    def close(self) -> None:
        self._beside.leave()

    def ask(self, asked: Asked) -> Answer:
        """Never sends a request twice."""
        headers = {n: _sendable(value) for n, value in asked.headers.items() if n not in _HOP and _NAME.fullmatch(n)}
        connection = HTTPConnection("127.0.0.1", self._port, timeout=self._timeout)
        try:
            connection.connect()
        except OSError:
            why = without_paths(self._beside.reason())
            self._port = self._beside.port()  # the next request finds another one
            return _refused(503, f"the server has ended, and is being started again: {why}")
        try:
            connection.request("POST", "/invocations", asked.body, headers)
            answer = connection.getresponse()
            said = {name.lower(): value for name, value in answer.getheaders()}
            kind = said.pop("content-type", JSON)
            kept = {name: value for name, value in said.items() if name not in _HOP and name != "date"}
            try:
                return Answer(answer.status, kind, answer.read(), kept)
            except IncompleteRead as cut:  # a stream that broke off: its last piece says why
                return Answer(500, kind, cut.partial, kept)
        except socket.timeout:  # TimeoutError from Python 3.10 on
            return _refused(504, f"no answer within {self._timeout:g} seconds")
        except (OSError, HTTPException):
            return _refused(500, "the server ended while it answered")
        finally:
            connection.close()


def _refused(status: int, message: str) -> Answer:
    return Answer(status, JSON, error_body(KINDS[status], message), {})


def _sendable(value: str) -> bytes:
    return "".join(letter for letter in value if letter.isprintable() or letter == "\t").encode("utf-8")
