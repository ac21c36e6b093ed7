from __future__ import annotations

import tarfile
from pathlib import Path

import pytest
from fakes.container import Container
from fakes.pythons import old_python

from tradewind.engine import runtime as shipped


@pytest.fixture(scope="session")
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runtime")
    shipped.archive().write(folder / "runtime.tar.gz")
    with tarfile.open(folder / "runtime.tar.gz") as archive:
        archive.extractall(folder / "on-path", filter="data")
    return folder / "on-path"


@pytest.fixture
def container(tmp_path: Path, runtime: Path) -> Container:
    return Container(tmp_path, runtime)


@pytest.fixture(params=["this", "3.8"])
def any_python(request: pytest.FixtureRequest, container: Container) -> Container:
    """The container with this Python, and with the oldest that we promise."""
    if request.param != "this":
        container.python = old_python(request.param)
    return container
