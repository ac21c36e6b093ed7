"""Whole folders up and down, in parallel, over any store's `put_file`, `list` and `get_file`."""

from __future__ import annotations

import os
import secrets
import shutil
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from pathlib import Path, PurePosixPath
from typing import TypeVar

from tradewind.errors import StorageError
from tradewind.storage.base import Entry, Progress, Store
from tradewind.storage.keys import TEMPORARY, check, join
from tradewind.storage.oserrors import translated

WORKERS = 8  # transfers at once; more gains little on one connection to one store

T = TypeVar("T")


def upload(store: Store, folder: Path, prefix: str, progress: Progress | None) -> int:
    with translated(f"reading {folder}"):
        if not folder.is_dir():
            raise StorageError("missing", f"{folder} is not a folder", code="TW331", hint="check the path")
        files = [(path, check(join(prefix, name)), path.stat().st_size) for name, path in walk(folder)]
    meter = _Meter(sum(size for _, _, size in files), progress)

    def one(job: tuple[Path, str, int]) -> None:
        path, key, _ = job
        meter.add(store.put_file(key, path).size)

    _in_parallel(one, files)
    return meter.done


def download(store: Store, prefix: str, folder: Path, progress: Progress | None) -> int:
    start = f"{prefix.rstrip('/')}/" if prefix else ""
    # A key that ends with a slash is the marker some consoles make for an empty folder.
    entries = [entry for entry in store.list(start) if not entry.key.endswith("/")]
    if not entries:
        raise StorageError(
            "missing", f"nothing is stored below {store.uri}/{prefix}", code="TW331", hint="check the address"
        )
    targets = [(entry, _relative(entry.key, start)) for entry in entries]
    _refuse_files_that_are_folders(targets)
    meter = _Meter(sum(entry.size for entry in entries), progress)
    with translated(f"writing {folder}"):
        folder.parent.mkdir(parents=True, exist_ok=True)
        staging = folder.parent / f"{TEMPORARY}{secrets.token_hex(8)}"
        staging.mkdir()

    def one(job: tuple[Entry, str]) -> None:
        entry, name = job
        path = staging / name
        with translated(f"writing {path}"):
            path.parent.mkdir(parents=True, exist_ok=True)
        meter.add(store.get_file(entry.key, path))

    try:
        _in_parallel(one, targets)
        with translated(f"writing {folder}"):
            _put_in_place(staging, folder, [name for _, name in targets])
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return meter.done


def walk(folder: Path) -> Iterator[tuple[str, Path]]:
    """(name with slashes, path) of every regular file, in order; links followed inside `folder` only."""
    top = folder.resolve()
    yield from _walk(folder, "", top, (top,))


def _walk(folder: Path, prefix: str, top: Path, above: tuple[Path, ...]) -> Iterator[tuple[str, Path]]:
    for item in sorted(os.scandir(folder), key=lambda item: item.name):
        name, path = prefix + item.name, Path(item.path)
        if item.name.startswith(TEMPORARY):
            continue
        if item.is_symlink():
            real = _resolved(path)
            if not real.is_relative_to(top):
                raise StorageError(
                    "invalid",
                    f"{path} is a link that leads out of the folder, to {real}",
                    code="TW335",
                    hint="copy the file into the folder, or name the real folder",
                )
            if real in above or not path.exists():
                continue  # a loop, whose files are on the list under their own names; or a link to nothing
        if item.is_dir():
            yield from _walk(path, name + "/", top, (*above, path.resolve()))
        elif item.is_file():
            yield name, path


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError):  # a link to itself
        return path.parent.resolve() / path.name


def _relative(key: str, start: str) -> str:
    name = key[len(start) :]
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or "\0" in name or any(p in ("", ".", "..") for p in name.split("/")):
        raise StorageError(
            "invalid",
            f"the object {key!r} would land outside of the folder",
            code="TW335",
            hint="nothing was written; look at who made that object",
        )
    return name


def _refuse_files_that_are_folders(targets: Iterable[tuple[Entry, str]]) -> None:
    names = {name for _, name in targets}
    for name in names:
        for parent in PurePosixPath(name).parents:
            if str(parent) in names:
                raise StorageError(
                    "conflict",
                    f"{str(parent)!r} is an object and, with {name!r}, a folder as well",
                    code="TW336",
                    hint="a file system cannot hold both: rename one of them",
                )


def _put_in_place(staging: Path, folder: Path, names: list[str]) -> None:
    if not folder.exists() or (folder.is_dir() and not folder.is_symlink() and not any(folder.iterdir())):
        staging.chmod(0o777 & ~_umask())
        staging.rename(folder)  # one step: the folder is there with everything, or not at all
        return
    top = folder.resolve()
    for name in names:
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.parent.resolve().is_relative_to(top):
            raise StorageError("invalid", f"{target.parent} is a link that leads out of {folder}", code="TW335")
        os.replace(staging / name, target)


def _umask() -> int:
    # Reading it means setting it; /proc has it without that race.
    try:
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("Umask:"):
                return int(line.split()[1], 8)
    except OSError:
        return 0o022
    return 0o022


def _in_parallel(work: Callable[[T], None], jobs: list[T]) -> None:
    """All of them, or the first error; what has not begun by then is not begun."""
    with ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="tradewind-transfer") as pool:
        futures = [pool.submit(work, job) for job in jobs]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:
            for future in futures:
                future.cancel()
    for future in futures:
        if not future.cancelled():
            future.result()


class _Meter:
    def __init__(self, total: int, progress: Progress | None) -> None:
        self.done = 0
        self._total = total
        self._progress = progress
        self._lock = threading.Lock()

    def add(self, count: int) -> None:
        with self._lock:
            self.done += count
            if self._progress:
                self._progress(self.done, max(self._total, self.done))
