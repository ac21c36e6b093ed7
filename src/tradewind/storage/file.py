"""Objects as files below a folder: the state of `local`, and any shared disk."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from pydantic import BaseModel

from tradewind.errors import StorageError
from tradewind.storage import checksums, folders
from tradewind.storage.base import Entry, Progress
from tradewind.storage.keys import TEMPORARY, check, check_prefix
from tradewind.storage.oserrors import translated
from tradewind.storage.parts import temporary

_NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}
_ENCODED = "%?#"
_ATTEMPTS = 20  # a neighbour's delete may remove an empty folder that we are about to write into


def open_uri(uri: str, _settings: BaseModel | None) -> FileStore:
    return FileStore(path_of(uri))


def path_of(uri: str) -> Path:
    """The path of a `file://` URI; `%20` and the like are decoded."""
    path = unquote(uri.removeprefix("file://"))
    if not path.startswith("/"):
        raise StorageError(
            "invalid", f"{uri!r} is not absolute", code="TW335", hint="write file:///absolute/path, with three slashes"
        )
    return Path(path)


def uri_of(path: Path) -> str:
    """The other way. Only what would mean something else in a URI is encoded, so that it stays readable."""
    return "file://" + "".join(quote(sign) if sign in _ENCODED else sign for sign in str(path))


class FileStore:
    """Writes are whole or not at all: a temporary file beside the target, synced to disk, then one rename or link."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self.uri = uri_of(self.root)

    def child(self, prefix: str) -> FileStore:
        return FileStore(self.root / check(prefix))

    def get(self, key: str) -> bytes:
        path = self._path(key)
        with translated(f"reading {path}"):
            return path.read_bytes()

    def stat(self, key: str) -> Entry | None:
        path = self._path(key)
        try:
            with translated(f"reading {path}"):
                found = path.stat()
        except StorageError as error:
            if error.kind in ("missing", "conflict"):
                return None
            raise
        return _entry(key, found) if path.is_file() else None

    def put(self, key: str, data: bytes) -> Entry:
        return self._write(key, lambda file: _write_all(file, data), os.replace)

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        try:
            return self._write(key, lambda file: _write_all(file, data), _link)
        except FileExistsError:
            return None

    def put_file(self, key: str, path: Path) -> Entry:
        def fill(file: BinaryIO) -> None:
            with translated(f"reading {path}"):
                source = path.open("rb")
            with source:
                _, digest = checksums.copy(source, file)
            file.flush()
            if checksums.sha256(Path(file.name)) != digest:
                raise checksums.mismatch(f"writing {self._path(key)}")

        return self._write(key, fill, os.replace)

    def get_file(self, key: str, path: Path) -> int:
        source = self._path(key)
        with translated(f"reading {source}"):
            opened = source.open("rb")
        with opened, translated(f"writing {path}"), temporary(path.parent) as file:
            size, digest = checksums.copy(opened, file)
            file.flush()
            if checksums.sha256(Path(file.name)) != digest:
                raise checksums.mismatch(f"reading {source}")
            os.replace(file.name, path)
        return size

    def list(self, prefix: str = "") -> Iterator[Entry]:
        folder, _, name = check_prefix(prefix).rpartition("/")
        with translated(f"reading {self.root / folder}"):
            yield from self._list(self.root / folder if folder else self.root, folder + "/" if folder else "", name)

    def delete(self, key: str) -> None:
        path = self._path(key)
        try:
            with translated(f"deleting {path}"):
                path.unlink()
        except StorageError as error:
            # A folder of that name holds other keys; the key itself is not there.
            if error.kind not in ("missing", "conflict") and not path.is_dir():
                raise
            return
        self._prune(path.parent)

    def now(self) -> datetime:
        """The file system's clock, which on a network disk is not this machine's; where it cannot be written, this one's."""
        try:
            with temporary(self.root) as file:
                return datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime_ns / 1e9, UTC)
        except OSError:
            return datetime.now(UTC)

    def upload(self, folder: Path, prefix: str, progress: Progress | None = None) -> int:
        return folders.upload(self, folder, prefix, progress)

    def download(self, prefix: str, folder: Path, progress: Progress | None = None) -> int:
        return folders.download(self, prefix, folder, progress)

    def _path(self, key: str) -> Path:
        return self.root / check(key)

    def _write(self, key: str, fill: Callable[[BinaryIO], None], place: Callable[[str, Path], None]) -> Entry:
        path = self._path(key)
        for attempt in range(_ATTEMPTS):
            try:
                with _translated_but_exists(f"writing {path}"):
                    return self._write_once(key, path, fill, place)
            except StorageError as error:
                if error.kind != "missing" or error.code != "TW331" or attempt == _ATTEMPTS - 1 or path.parent.exists():
                    raise
        raise AssertionError("unreachable")

    def _write_once(
        self, key: str, path: Path, fill: Callable[[BinaryIO], None], place: Callable[[str, Path], None]
    ) -> Entry:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary(path.parent) as file:
            fill(file)
            file.flush()
            os.fsync(file.fileno())
            entry = _entry(key, os.fstat(file.fileno()))
            place(file.name, path)
        _sync_folder(path.parent)
        return entry

    def _list(self, folder: Path, prefix: str, start: str) -> Iterator[Entry]:
        try:
            items = [item for item in os.scandir(folder) if item.name.startswith(start)]
        except (FileNotFoundError, NotADirectoryError):
            return
        # A folder sorts as its name with a slash, which is how its keys sort among the others.
        for name, item in sorted((item.name + "/" if item.is_dir() else item.name, item) for item in items):
            if item.name.startswith(TEMPORARY):
                continue
            if name.endswith("/"):
                yield from self._list(Path(item.path), prefix + name, "")
                continue
            with suppress(FileNotFoundError):  # deleted meanwhile
                if item.is_file():
                    yield _entry(prefix + name, item.stat())

    def _prune(self, folder: Path) -> None:
        """Empty folders are no objects: without this, `a` could not be written after `a/b` was deleted."""
        while folder != self.root and folder.is_relative_to(self.root):
            try:
                folder.rmdir()
            except OSError:
                return  # not empty, or gone: both are fine
            folder = folder.parent


@contextmanager
def _translated_but_exists(doing: str) -> Iterator[None]:
    with translated(doing):
        try:
            yield
        except FileExistsError as error:
            # mkdir says this of a file where a folder is needed; a link says it of the key itself.
            if error.filename2 is None:
                raise OSError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from error
            existed = error
        else:
            return
    raise existed


def _link(temporary: str, path: Path) -> None:
    """Give the file its name unless the name is taken: atomic on every file system with hard links."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path)) from None
        # On NFS an answer can be lost after the link was made: it is ours when both names are one file.
        if not _same(temporary, path):
            raise
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        _create_exclusively(temporary, path)


def _same(temporary: str, path: Path) -> bool:
    try:
        return os.path.samefile(temporary, path)
    except FileNotFoundError:
        return False  # taken when we tried, deleted since: the race was lost all the same


def _create_exclusively(temporary: str, path: Path) -> None:
    """Without hard links (exFAT, some network disks) the winner is who creates the name; readers may see it grow."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    except FileExistsError as error:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), temporary, None, str(path)) from error
    with os.fdopen(descriptor, "wb") as file, open(temporary, "rb") as source:
        checksums.copy(source, file)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A rename is on disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_all(file: BinaryIO, data: bytes) -> None:
    file.write(data)


def _entry(key: str, found: os.stat_result) -> Entry:
    etag = f"{found.st_mtime_ns:x}-{found.st_size:x}-{found.st_ino:x}"
    return Entry(key, found.st_size, etag, datetime.fromtimestamp(found.st_mtime_ns / 1e9, UTC))
