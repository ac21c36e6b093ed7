"""A server process under test, and a client for it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

JSON = "application/json"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def message(self) -> str:
        return str(self.json()["error"]["message"])


@dataclass
class Running:
    process: subprocess.Popen[bytes]
    port: int
    log_file: Path

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text().splitlines() if line.startswith("{")]

    def ask(
        self, method: str, path: str, body: Any = None, kind: str | None = JSON, accept: str = "", **headers: str
    ) -> Answer:
        said = {name.replace("_", "-"): value for name, value in headers.items()}
        if body is not None and kind:
            said["content-type"] = kind
        if accept:
            said["accept"] = accept
        data = body if isinstance(body, (bytes, type(None))) else json.dumps(body).encode()
        connection = HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, data, said)
            answer: HTTPResponse = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        finally:
            connection.close()

    def post(self, body: Any, **more: Any) -> Answer:
        return self.ask("POST", "/invocations", body, **more)

    def raw(self, data: bytes, timeout: float = 10) -> bytes:
        """Send bytes, read to the end of the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=timeout) as sock:
            sock.sendall(data)
            return read_all(sock)

    def until(self, check: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while not check():
            assert time.monotonic() < deadline, f"not within {seconds} s; log: {self.log_file.read_text()[-3000:]}"
            time.sleep(0.01)

    def until_ready(self) -> None:
        self.until(lambda: self.process.poll() is not None or self.ask("GET", "/readyz").status == 200)
        assert self.process.poll() is None, self.log_file.read_text()[-3000:]

    def stop(self, seconds: float = 15) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


def read_all(sock: socket.socket) -> bytes:
    parts = []
    while True:
        try:
            part = sock.recv(65536)
        except ConnectionResetError:
            break
        if not part:
            break
        parts.append(part)
    return b"".join(parts)


Start = Callable[..., Running]
