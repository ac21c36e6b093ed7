"""A constant load on an endpoint of SageMaker, through boto3 as any client of it; and what became of each request."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError


@dataclass
class Tally:
    """`answered` counts by body; `gap` is the longest time in seconds in which no answer came."""

    answered: Counter[bytes] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    gap: float = 0.0

    @property
    def requests(self) -> int:
        return sum(self.answered.values()) + len(self.failures)

    def __str__(self) -> str:
        return f"{self.requests} requests, {len(self.failures)} failed, longest gap {self.gap * 1000:.0f} ms"


class Load:
    """`with Load(url, endpoint, body) as load:` keeps `clients` asking, each at `rate` requests a second at most."""

    def __init__(self, url: str, endpoint: str, body: bytes, *, clients: int = 4, rate: float = 25.0) -> None:
        session = boto3.session.Session("testing", "testing", region_name="us-east-1")
        never_twice = Config(retries={"total_max_attempts": 1}, max_pool_connections=1)
        self._clients = [
            session.client("sagemaker-runtime", endpoint_url=url, config=never_twice) for _ in range(clients)
        ]
        self._endpoint, self._body, self._pause = endpoint, body, 1 / rate
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._last = time.monotonic()
        self.tally = Tally()
        self._threads = [threading.Thread(target=self._on, args=(client,), daemon=True) for client in self._clients]

    def __enter__(self) -> Load:
        self._last = time.monotonic()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(60)

    def until(self, requests: int, seconds: float) -> None:
        """Go on until so many were sent; at most so long."""
        deadline = time.monotonic() + seconds
        while self.tally.requests < requests and time.monotonic() < deadline:
            self._over.wait(0.1)

    def _on(self, client: Any) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                answer = client.invoke_endpoint(
                    EndpointName=self._endpoint, Body=self._body, ContentType="application/json"
                )
                self._note(answer["Body"].read(), "")
            except (ClientError, BotoCoreError, OSError) as error:
                self._note(b"", f"{error} {getattr(error, 'response', {}).get('OriginalMessage', '')}")
            self._over.wait(max(0.0, self._pause - (time.monotonic() - began)))

    def _note(self, body: bytes, failure: str) -> None:
        with self._lock:
            now = time.monotonic()
            self.tally.gap = max(self.tally.gap, now - self._last)
            self._last = now
            if failure:
                self.tally.failures.append(failure)
            else:
                self.tally.answered[body] += 1
