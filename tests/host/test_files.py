from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tradewind.host import files
from tradewind.host.errors import HostError, told


def test_one_winner_makes_a_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda n: files.make_folder(tmp_path / "it", {"who": str(n)}), range(32)))
    assert won.count(True) == 1
    assert (tmp_path / "it" / "who").read_text() == str(won.index(True))
    assert os.listdir(tmp_path) == ["it"], "the losers cleaned up"


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files.write_whole(tmp_path / "f", "old")

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(HostError) as caught, told():
        files.write_whole(tmp_path / "f", "new")
    assert (caught.value.code, caught.value.kind) == ("TW602", "failed")
    assert (tmp_path / "f").read_text() == "old"
    assert os.listdir(tmp_path) == ["f"]


@pytest.mark.parametrize(("number", "code"), [(errno.EROFS, "TW601"), (errno.EACCES, "TW601"), (errno.EIO, "TW600")])
def test_what_the_system_said_becomes_a_code(number: int, code: str) -> None:
    with pytest.raises(HostError) as caught, told():
        raise OSError(number, os.strerror(number), "/some/where")
    assert caught.value.code == code
    assert os.strerror(number) in caught.value.said


def test_half_a_json_file_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "f").write_text('{"a": ')
    assert files.read_json(tmp_path / "f") is None
    assert files.read_json(tmp_path / "absent") is None
    files.write_json(tmp_path / "f", {"a": "é"}, private=True)
    assert files.read_json(tmp_path / "f") == {"a": "é"}
    assert (tmp_path / "f").stat().st_mode & 0o777 == 0o600


def test_a_folder_is_placed_over_an_old_one(tmp_path: Path) -> None:
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "model").write_text("2")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "stale").write_text("1")
    files.place_folder(tmp_path / "new", tmp_path / "out")
    assert os.listdir(tmp_path / "out") == ["model"]
    assert os.listdir(tmp_path) == ["out"]


def test_across_disks_it_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "new"
    source.mkdir()
    (source / "model").write_text("2")
    real = Path.rename

    def other_disk(self: Path, target: Path) -> Path:
        if self == source:
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return real(self, target)

    monkeypatch.setattr(Path, "rename", other_disk)
    files.place_folder(source, tmp_path / "deep" / "out")
    assert (tmp_path / "deep" / "out" / "model").read_text() == "2"
    assert not source.exists()
