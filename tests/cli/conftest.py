"""A small project that needs no package: trains and serves within seconds, and is taken down whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.shell import deploy, process


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The template `handler` in a folder `words`, which is the working directory."""
    folder = tmp_path / "words"
    folder.mkdir()
    monkeypatch.chdir(folder)
    assert deploy("init", "--template", "handler").code == 0
    yield folder
    process("down", "--yes", "--purge", cwd=folder, timeout=60)
