"""Each test of the adapter has a home of its own, and may put the fake `pulumi` on PATH."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.adapter import fake
from tests.infra.adapter.fake import Fake, Put, Row
from tests.infra.engine import leftovers


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in [name for name in os.environ if name.startswith("PULUMI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("PULUMI_HOME", str(tmp_path / "pulumi"))
    yield
    leftovers.end()


@pytest.fixture
def put(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Put:
    def done(recording: str, change: Callable[[list[Row]], Any] = lambda rows: rows, **more: str) -> Fake:
        return fake.put(tmp_path, monkeypatch, recording, change, **more)

    return done
