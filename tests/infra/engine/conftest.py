from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.infra.engine import leftovers
from tests.sandbox.emulator import Emulator
from tradewind.sandbox.pulumi import Attached, serve


@pytest.fixture(autouse=True)
def _real_engine() -> None:
    if shutil.which("pulumi") is None:
        pytest.skip("no `pulumi` on PATH: the real engine is not exercised")


@pytest.fixture(autouse=True)
def _nothing_left_over() -> Iterator[None]:
    yield
    leftovers.end()


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Emulator]:
    one = Emulator(tmp_path / "account")
    one.start()
    try:
        yield one
    finally:
        one.end()


@pytest.fixture
def attached(account: Any, tmp_path: Path) -> Iterator[Attached]:
    with serve(aws=account.url, folder=tmp_path / "kept") as there:
        yield there
