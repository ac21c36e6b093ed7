"""Tiny Cloud keeps the protocol. Needs `pip install tradewind tradewind-tinycloud pytest`."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from tradewind_tinycloud.info import INFO, Settings
from tradewind_tinycloud.sdk import TinyCloud, TinyError

from tradewind.errors import ProviderKind
from tradewind.providers.base import Provider
from tradewind.providers.conformance import Harness, ProviderConformance
from tradewind.values import Artifact, Container, Foundation, Hardware, Machine, Run, Serving, Version

CONTAINER = Container("tiny/python:latest", Machine("tiny-1", 1, 2), Hardware())
WRITES = ("create_", "put_", "set_", "resize_", "delete_", "stop_")
ADDRESSES = count()
REFUSALS: Mapping[ProviderKind, TinyError] = {
    "throttled": TinyError(429, "Busy", "too many requests"),
    "transient": TinyError(503, "Lost", "the connection broke"),
}


class FlakyCloud(TinyCloud):
    """Tiny Cloud behind a network that can be told to be bad, and with a clock that the harness moves."""

    def __init__(self) -> None:
        self.time = time.time()
        self.writes = 0
        self.lose = self.throttle = False
        super().__init__(lambda: self.time)

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        if name.startswith(WRITES) or name.startswith(("get_", "list_")):
            return lambda *args: self._send(name, found, args)
        return found

    def _send(self, name: str, call: Callable[..., Any], args: Sequence[Any]) -> Any:
        if self.throttle:
            self.throttle = False
            raise REFUSALS["throttled"]
        answer = call(*args)
        self.writes += name.startswith(WRITES)
        if self.lose and name.startswith(WRITES):
            self.lose = False
            raise REFUSALS["transient"]
        return answer


class TinyHarness(Harness):
    info = INFO
    foundation = Foundation("file:///unused")
    lines = ("epoch 1", "epoch 2")

    def __init__(self) -> None:
        super().__init__()
        self.settings = Settings(address=f"tiny://test-{next(ADDRESSES)}")
        self.cloud = TinyCloud._known[self.settings.address] = FlakyCloud()

    def connect(self) -> Provider:
        return self.info.connect(self.settings, self.foundation)

    def run(self, name: str, digest: str, work: str = "quick") -> Run:
        seconds = {"quick": "2", "long": "7200", "fails": "2"}[work]
        fault = "exit code 3" if work == "fails" else ""
        env = {"TINY_SECONDS": seconds, "TINY_FAULT": fault, "TINY_PRINTS": "\n".join(self.lines)}
        container = replace(CONTAINER, env=env)
        return Run(name, digest, container, ("true",), {}, {}, f"file:///out/{name}", None, timedelta(hours=3))

    def version(self, slot: str, digest: str, quality: str = "good") -> Version:
        container = replace(CONTAINER, env={"TINY_FAULT": "not a model"} if quality == "broken" else {})
        return Version(slot, digest, container, Artifact("file:///model", digest), Serving(), min=1, max=4)

    def pause(self) -> None:
        self.cloud.time += 0.5

    def lose_next_answer(self) -> None:
        self.cloud.lose = True

    def throttle_next(self) -> None:
        self.cloud.throttle = True

    def writes(self) -> int:
        return self.cloud.writes

    def scale_out(self, endpoint: str, slot: str, replicas: int) -> None:
        self.cloud.services[endpoint]["revisions"][slot]["replicas"] = replicas

    def crowd(self, count: int, tags: Mapping[str, str]) -> Sequence[str]:
        trainer = self.connect().trainer()
        runs = [replace(self.run(f"crowd-{n}", f"sha256:{n}"), tags=tags) for n in range(count)]
        return [run.name for run in runs if trainer.ensure(run)]


class TestTinyCloud(ProviderConformance):
    @pytest.fixture
    def harness(self) -> Harness:
        return TinyHarness()
