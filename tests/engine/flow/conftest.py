"""A stage for each test: its own folder, cloud and clock."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.stage import Stage


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path / "project")
