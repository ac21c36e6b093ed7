"""Races on one key that need their moment arranged."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from tradewind.storage.file import FileStore


def test_a_key_deleted_just_after_the_race_for_it_was_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = FileStore(tmp_path)

    def taken(source: str, target: Path) -> None:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), source, None, str(target))

    monkeypatch.setattr(os, "link", taken)
    assert store.put_if_absent("lock/1", b"mine") is None
