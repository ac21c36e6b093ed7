"""The tiny project, taken down at each test's end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.project import Project, tiny


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    project = tiny(tmp_path / "tiny")
    yield project
    project.deploy("down", "--yes")
