"""Asking an endpoint, once or under load."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from urllib.parse import urlsplit

from tradewind.host import identity
from tradewind.host.endpoints import GATEWAY
from tradewind.host.files import read_json

from .conftest import EndpointMaker


def post(url: str, body: object = None, **headers: str) -> tuple[int, dict, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    try:
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        connection.request("POST", "/invocations", data, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said or b"{}"), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


class Load:
    """Requests from some threads until it is told to stop; keep-alive like real clients."""

    def __init__(self, url: str, threads: int = 4, body: object = None) -> None:
        self.url = url
        self.failures: list[object] = []
        self.who: Counter[str] = Counter()
        self._body = json.dumps(body or {})
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.url).port or 0, timeout=30)
        while not self._done.is_set():
            try:
                connection.request("POST", "/invocations", self._body)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status != 200:
                    self.failures.append((answer.status, said))
                else:
                    self.who[json.loads(said)["who"]] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
                connection.close()


def gateway(make: EndpointMaker, name: str = "churn") -> identity.Identity:
    who = identity.of_record(read_json(make.root / "endpoints" / name / GATEWAY))
    assert who is not None
    return who
