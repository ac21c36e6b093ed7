from __future__ import annotations

import errno
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from storage.store_suite import StoreSuite

from tradewind.errors import StorageError
from tradewind.storage import Store, file, open_store
from tradewind.storage.file import FileStore, path_of, uri_of


class TestFile(StoreSuite):
    folders_and_objects_share_names = False

    @pytest.fixture
    def store(self, tmp_path_factory: pytest.TempPathFactory) -> Store:
        return open_store(f"file://{tmp_path_factory.mktemp('store')}/not/made/yet")


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "store")


def test_addresses() -> None:
    assert path_of("file:///a%20b/c") == Path("/a b/c")
    assert path_of("file:///a b/é") == Path("/a b/é")
    for path in (Path("/a b/100%/é"), Path("/a%20b"), Path("/a#b?c=d")):
        assert path_of(uri_of(path)) == path
    with pytest.raises(StorageError):
        path_of("file://relative/path")


def test_nothing_unfinished_is_left_or_listed(store: FileStore) -> None:
    store.put("a/x", b"1")
    store.put_if_absent("a/x", b"2")
    (store.root / "a" / ".tw-part-dead").write_bytes(b"of a killed writer")
    assert [e.key for e in store.list()] == ["a/x"]
    assert sorted(p.name for p in (store.root / "a").iterdir()) == [".tw-part-dead", "x"]


def test_object_and_folder_of_one_name(store: FileStore) -> None:
    store.put("a/b", b"1")
    for act in (lambda: store.put("a", b""), lambda: store.put_if_absent("a", b""), lambda: store.put("a/b/c", b"")):
        with pytest.raises(StorageError) as caught:
            act()
        assert (caught.value.kind, caught.value.code) == ("conflict", "TW336")
    assert store.stat("a") is None
    assert store.stat("a/b/c") is None
    store.delete("a")
    assert store.get("a/b") == b"1"


@pytest.mark.parametrize(
    ("number", "kind", "code"),
    [
        (errno.ENOSPC, "failed", "TW334"),
        (errno.EDQUOT, "failed", "TW334"),
        (errno.EROFS, "permission", "TW332"),
        (errno.EACCES, "permission", "TW332"),
        (errno.EIO, "failed", "TW330"),
    ],
)
def test_the_systems_refusals(
    store: FileStore, monkeypatch: pytest.MonkeyPatch, number: int, kind: str, code: str
) -> None:
    store.put("kept", b"old")

    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    for act in (lambda: store.put("kept", b"new"), lambda: store.put_if_absent("other", b"new")):
        with pytest.raises(StorageError) as caught:
            act()
        assert (caught.value.kind, caught.value.code) == (kind, code)
        assert os.strerror(number) in str(caught.value)
        assert caught.value.hint
    assert store.get("kept") == b"old"
    assert [p.name for p in store.root.iterdir()] == ["kept"]


def test_a_name_too_long(store: FileStore) -> None:
    with pytest.raises(StorageError) as caught:
        store.put("x" * 300, b"")
    assert (caught.value.kind, caught.value.code) == ("invalid", "TW335")


def test_a_full_disk_for_real(store: FileStore, tmp_path: Path) -> None:
    """A file size limit is the kernel's own refusal, without needing a small disk."""
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from tradewind.storage.file import FileStore\n"
        "from tradewind.errors import StorageError\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try: FileStore(Path(sys.argv[1])).put('big', b'x' * 50_000)\n"
        "except StorageError as error: print(error.code, error.kind)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(store.root)], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["TW334", "failed"]
    assert list(store.list()) == []
    assert list(store.root.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere; the mapping is tested above")
def test_a_read_only_folder(store: FileStore) -> None:
    store.put("a", b"1")
    store.root.chmod(0o500)
    try:
        with pytest.raises(StorageError) as caught:
            store.put("b", b"")
        assert caught.value.kind == "permission"
        assert store.get("a") == b"1"
        assert store.now().tzinfo is not None
    finally:
        store.root.chmod(0o700)


def test_without_hard_links_there_is_still_one_winner(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(errno.EPERM, "no hard links here")

    monkeypatch.setattr(os, "link", no_links)
    assert store.put_if_absent("a", b"first") is not None
    assert store.put_if_absent("a", b"second") is None
    assert store.get("a") == b"first"
    assert [p.name for p in store.root.iterdir()] == ["a"]


def test_a_lost_answer_of_a_network_disk(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real = os.link

    def lossy(source: str, target: Path) -> None:
        real(source, target)
        real(source, target)  # the kernel's retry meets the link it made

    monkeypatch.setattr(os, "link", lossy)
    assert store.put_if_absent("a", b"first") is not None
    assert store.get("a") == b"first"


def test_a_neighbours_delete_does_not_break_a_write(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    real, turns = file.temporary, []

    def vanish(folder: Path) -> Any:
        if not turns:
            turns.append(1)
            folder.rmdir()  # what delete() of the last other key in it does
        return real(folder)

    monkeypatch.setattr(file, "temporary", vanish)
    store.put("folder/x", b"1")
    assert store.get("folder/x") == b"1"


def test_a_damaged_copy_is_thrown_away(store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "source").write_bytes(b"data")
    store.put_file("good", tmp_path / "source")
    monkeypatch.setattr(file.checksums, "sha256", lambda _: "0" * 64)
    with pytest.raises(StorageError) as caught:
        store.put_file("bad", tmp_path / "source")
    assert caught.value.code == "TW338"
    with pytest.raises(StorageError):
        store.get_file("good", tmp_path / "target")
    assert [e.key for e in store.list()] == ["good"]
    assert not (tmp_path / "target").exists()


def test_a_broken_download_never_looks_complete(
    store: FileStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for n in range(10):
        store.put(f"data/{n}", b"x" * 100)
    real = store.get_file

    def breaking(key: str, path: Path) -> int:
        if key.endswith("7"):
            raise StorageError("transient", "gone", code="TW337")
        return real(key, path)

    monkeypatch.setattr(store, "get_file", breaking)
    with pytest.raises(StorageError):
        store.download("data", tmp_path / "target")
    assert not (tmp_path / "target").exists()
    assert [p.name for p in tmp_path.iterdir()] == ["store"]


def test_a_link_in_the_target_does_not_lead_out(store: FileStore, tmp_path: Path) -> None:
    store.put("data/sub/x", b"1")
    (tmp_path / "outside").mkdir()
    (tmp_path / "target").mkdir()
    (tmp_path / "target" / "sub").symlink_to(tmp_path / "outside")
    with pytest.raises(StorageError):
        store.download("data", tmp_path / "target")
    assert list((tmp_path / "outside").iterdir()) == []


def test_downloads_follow_the_umask(store: FileStore, tmp_path: Path) -> None:
    store.put("data/x", b"1")
    store.download("data", tmp_path / "target")
    (tmp_path / "plain").mkdir()
    assert (tmp_path / "target").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_the_clock_is_the_disks(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    store.put("x", b"")
    assert abs(store.now() - datetime.now(UTC)) < timedelta(seconds=5)
    assert [p.name for p in store.root.iterdir()] == ["x"]
    assert FileStore(store.root / "none").now().tzinfo is not None
    assert not (store.root / "none").exists()
