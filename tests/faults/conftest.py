"""The tiny project, taken down at each test's end; and an emulated account with AWS's faults before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.project import Project, tiny

from tests.faults.account import Account
from tests.faults.proxy import Proxy
from tests.sandbox.emulator import Emulator


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = tiny(tmp_path / "tiny")
    yield project
    project.deploy("down", "--yes")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One for a file of tests: each test names its own project."""
    one = Emulator(tmp_path_factory.mktemp("account"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        one.start("--speed", "240", "--grace", "5")
        one.furnish()
    yield one
    assert one.end() == 0


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """Asked past the proxy."""
    return Account(emulator.client)


@pytest.fixture
def proxy(emulator: Emulator) -> Iterator[Proxy]:
    with Proxy(emulator.url) as one:
        yield one
