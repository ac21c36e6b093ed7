"""A stage for each test: its own folder, cloud and clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.provider import FakeCloud
from fakes.stage import FastClock, Stage

from tradewind.engine import bundle, runtime


@pytest.fixture(autouse=True)
def small_runtime(monkeypatch: pytest.MonkeyPatch) -> None:
    """The fake cloud runs nothing, so what it would run can be small."""
    small = bundle.of([bundle.made("tradewind/__init__.py", b"")])
    monkeypatch.setattr(runtime, "archive", lambda: small)


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "project")


@pytest.fixture
def hurried(tmp_path: Path) -> Stage:
    """With a clock that many threads can share."""
    return Stage(tmp_path / "project", cloud=FakeCloud(FastClock()))
