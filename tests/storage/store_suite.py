"""What every store must do. A store's tests subclass `StoreSuite` and give the `store` fixture."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest

from tradewind.errors import StorageError
from tradewind.storage import Store

KEYS = ["a", "a-b", "a.b", "a/b", "a/b c/d", "a0", "é", "e\u0301", "日本/語", "🦜", "%41", "a+b", "a?b#c", "x" * 200]


class StoreSuite:
    many = 10_000  # keys in the listing test
    folders_and_objects_share_names = True  # `a` and `a/b`, which a file system cannot hold

    @pytest.fixture
    def store(self) -> Store:
        raise NotImplementedError

    def test_what_was_put_is_read_back_whole(self, store: Store) -> None:
        data = os.urandom(300_000) + b"\0\r\n"
        entry = store.put("deep/er/object", data)
        assert store.get("deep/er/object") == data
        seen = store.stat("deep/er/object")
        assert seen is not None
        assert (entry.key, entry.size, entry.etag) == (seen.key, len(data), seen.etag)
        assert seen.modified.tzinfo is not None
        assert store.put("empty", b"").size == 0
        assert store.get("empty") == b""

    def test_put_overwrites_and_the_etag_says_so(self, store: Store) -> None:
        first = store.put("key", b"one")
        second = store.put("key", b"two!")
        assert store.get("key") == b"two!"
        assert first.etag != second.etag

    def test_missing(self, store: Store) -> None:
        with pytest.raises(StorageError) as caught:
            store.get("not/there")
        assert (caught.value.kind, caught.value.code) == ("missing", "TW331")
        assert caught.value.hint
        assert store.stat("not/there") is None
        store.delete("not/there")

    def test_delete(self, store: Store) -> None:
        store.put("a/b", b"1")
        store.put("a/c", b"2")
        store.delete("a/b")
        assert store.stat("a/b") is None
        assert [e.key for e in store.list()] == ["a/c"]
        store.delete("a/c")
        store.put("a", b"where a folder was")
        assert store.get("a") == b"where a folder was"

    def test_put_if_absent_writes_once(self, store: Store) -> None:
        made = store.put_if_absent("claim", b"mine")
        assert made is not None
        assert made.size == 4
        assert store.put_if_absent("claim", b"theirs") is None
        assert store.get("claim") == b"mine"
        store.delete("claim")
        assert store.put_if_absent("claim", b"theirs") is not None

    def test_sixteen_racers_one_winner(self, store: Store) -> None:
        for round_ in range(8):
            start = threading.Barrier(16)

            def race(number: int, key: str = f"race/{round_}", start: threading.Barrier = start) -> int | None:
                start.wait()
                return number if store.put_if_absent(key, f"writer {number} {uuid4()}".encode()) else None

            with ThreadPoolExecutor(16) as pool:
                winners = [n for n in pool.map(race, range(16)) if n is not None]
            assert len(winners) == 1
            assert store.get(f"race/{round_}").decode().split()[1] == str(winners[0])

    def test_readers_never_see_half_an_object(self, store: Store) -> None:
        pieces = [bytes([n]) * 200_000 for n in range(4)]
        store.put("whole", pieces[0])
        stop = threading.Event()
        odd: list[int] = []

        def look() -> None:
            while not stop.is_set():
                data = store.get("whole")
                if data not in pieces:
                    odd.append(len(data))

        readers = [threading.Thread(target=look) for _ in range(3)]
        for reader in readers:
            reader.start()
        for turn in range(12):
            store.put("whole", pieces[turn % 4])
        stop.set()
        for reader in readers:
            reader.join()
        assert odd == []

    def test_unicode_keys_and_order(self, store: Store) -> None:
        keys = KEYS if self.folders_and_objects_share_names else [k for k in KEYS if k != "a"]
        for key in keys:
            store.put(key, key.encode())
        listed = [entry.key for entry in store.list()]
        assert listed == sorted(keys)
        assert all(store.get(key) == key.encode() for key in keys)

    def test_list_by_prefix(self, store: Store) -> None:
        for key in ("runs/1", "runs/10", "runs/2/x", "run", "other"):
            store.put(key, b"")
        assert [e.key for e in store.list("runs/1")] == ["runs/1", "runs/10"]
        assert [e.key for e in store.list("runs/")] == ["runs/1", "runs/10", "runs/2/x"]
        assert [e.key for e in store.list("run")] == ["run", "runs/1", "runs/10", "runs/2/x"]
        assert list(store.list("nothing/here")) == []

    def test_ten_thousand_keys_in_order(self, store: Store) -> None:
        names = [f"many/{n:05}" for n in range(self.many)]
        with ThreadPoolExecutor(16) as pool:
            list(pool.map(lambda name: store.put(name, b""), names))
        assert [entry.key for entry in store.list("many/")] == names

    def test_child_is_the_same_store_further_down(self, store: Store) -> None:
        child = store.child("project/env")
        child.put("ledger/1", b"x")
        assert child.uri == f"{store.uri}/project/env"
        assert store.get("project/env/ledger/1") == b"x"
        assert [e.key for e in child.list("ledger/")] == ["ledger/1"]
        assert [e.key for e in child.list()] == ["ledger/1"]
        store.put("project/environment", b"not below the child")
        assert [e.key for e in child.list()] == ["ledger/1"]

    def test_the_clock_is_the_stores(self, store: Store) -> None:
        now = store.now()
        assert now.tzinfo is not None
        assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)
        written = store.put("stamp", b"").modified
        assert abs(written - now) < timedelta(seconds=10)

    @pytest.mark.parametrize(
        "key", ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a/.", "a\0b", "\udcff", "x" * 1025, ".tw-part-x"]
    )
    def test_keys_that_cannot_be(self, store: Store, key: str) -> None:
        for act in (
            lambda: store.get(key),
            lambda: store.put(key, b""),
            lambda: store.put_if_absent(key, b""),
            lambda: store.delete(key),
        ):
            with pytest.raises(StorageError) as caught:
                act()
            assert (caught.value.kind, caught.value.code) == ("invalid", "TW335")

    def test_files_are_streamed_both_ways(self, store: Store, tmp_path: Path) -> None:
        big = tmp_path / "big"
        big.write_bytes(os.urandom(9 * 1024 * 1024 + 17))
        entry = store.put_file("big.bin", big)
        assert entry.size == big.stat().st_size
        assert store.get_file("big.bin", tmp_path / "back") == entry.size
        assert (tmp_path / "back").read_bytes() == big.read_bytes()
        with pytest.raises(StorageError) as caught:
            store.get_file("none", tmp_path / "no")
        assert caught.value.kind == "missing"
        assert sorted(p.name for p in tmp_path.iterdir()) == ["back", "big"]

    def test_folders_go_up_and_down_with_progress(self, store: Store, tmp_path: Path) -> None:
        source = tmp_path / "source"
        (source / "sub" / "deep").mkdir(parents=True)
        files = {f"sub/f{n}": os.urandom(n * 100) for n in range(20)} | {"sub/deep/ü.bin": b"u", "top": b"t"}
        for name, data in files.items():
            (source / name).write_bytes(data)
        seen: list[tuple[int, int]] = []
        total = sum(map(len, files.values()))
        assert store.upload(source, "data", lambda done, of: seen.append((done, of))) == total
        assert seen[-1] == (total, total)
        assert [done for done, _ in seen] == sorted(done for done, _ in seen)
        assert store.download("data", tmp_path / "target") == total
        found = {p.relative_to(tmp_path / "target").as_posix(): p.read_bytes() for p in walk(tmp_path / "target")}
        assert found == files

    def test_download_of_nothing_is_missing_and_leaves_nothing(self, store: Store, tmp_path: Path) -> None:
        store.put("datasets/x", b"only shares the prefix")
        with pytest.raises(StorageError) as caught:
            store.download("data", tmp_path / "target")
        assert caught.value.kind == "missing"
        assert list(tmp_path.iterdir()) == []

    def test_download_into_a_folder_keeps_what_is_there(self, store: Store, tmp_path: Path) -> None:
        store.put("data/new", b"new")
        (tmp_path / "kept").write_bytes(b"old")
        store.download("data", tmp_path)
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"kept": b"old", "new": b"new"}

    def test_links_on_upload(self, store: Store, tmp_path: Path) -> None:
        (tmp_path / "in").mkdir()
        (tmp_path / "in" / "real").write_bytes(b"r")
        (tmp_path / "in" / "link").symlink_to("real")
        (tmp_path / "in" / "loop").symlink_to(tmp_path / "in")
        (tmp_path / "in" / "itself").symlink_to("itself")
        (tmp_path / "in" / "nowhere").symlink_to("none")
        assert store.upload(tmp_path / "in", "ok") == 2
        assert [e.key for e in store.list("ok/")] == ["ok/link", "ok/real"]
        (tmp_path / "outside").write_bytes(b"secret")
        (tmp_path / "in" / "leak").symlink_to(tmp_path / "outside")
        with pytest.raises(StorageError) as caught:
            store.upload(tmp_path / "in", "leaky")
        assert caught.value.kind == "invalid"
        assert list(store.list("leaky/")) == []

    def test_upload_of_a_missing_folder(self, store: Store, tmp_path: Path) -> None:
        with pytest.raises(StorageError) as caught:
            store.upload(tmp_path / "none", "x")
        assert caught.value.kind == "missing"


def walk(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
