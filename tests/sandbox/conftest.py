"""Emulated accounts for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox.emulator import Emulator


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Emulator]:
    """One for a file of tests: each test names its own jobs. States pass at once. MANAGED says a file needs AWS's policies."""
    one = Emulator(tmp_path_factory.mktemp("account"), managed=getattr(request.module, "MANAGED", False))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        one.start("--speed", "600", "--grace", "5")
        one.furnish()
    yield one
    assert one.end() == 0


@pytest.fixture
def own_emulator(tmp_path: Path) -> Iterator[Emulator]:
    """For a test that turns knobs or restarts it."""
    one = Emulator(tmp_path / "account")
    one.start("--speed", "600", "--grace", "5")
    one.furnish()
    yield one
    one.end()
