"""What the three clouds' stores have in common: keys below a prefix, folders, and whose a conditional write was."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from pydantic import BaseModel

from tradewind.errors import ProviderKind, StorageError
from tradewind.storage import checksums, folders
from tradewind.storage.base import Entry, Progress
from tradewind.storage.keys import check, check_prefix, join
from tradewind.storage.oserrors import translated
from tradewind.storage.parts import temporary

SHA256 = "tradewind_sha256"  # name of the metadata that a whole file's checksum travels in; Azure wants an identifier
ATTEMPTS = 3  # of a download, whose body no SDK retries

# kind -> code and what to try: the same words whichever cloud said it
ADVICE: dict[ProviderKind, tuple[str, str]] = {
    "missing": ("TW331", "check the address, and that the bucket exists"),
    "permission": ("TW332", "give the identity in use access to this bucket"),
    "credentials": ("TW333", "sign in to the cloud again, or check the configured account"),
    "invalid": ("TW335", "correct the name or address"),
    "transient": ("TW337", "check network, proxy and the configured address, and try again"),
}


def storage_error(kind: ProviderKind, doing: str, said: str) -> StorageError:
    code, hint = ADVICE.get(kind, ("TW330", "see the store's own words"))
    return StorageError(kind, f"{doing}: {said}", code=code, hint=hint, said=said)


def setting(settings: BaseModel | None, *names: str) -> str | None:
    """The first of these fields that the per-cloud block has and that is set."""
    for name in names:
        found = getattr(settings, name, None)
        if found:
            return str(found)
    return None


def split(uri: str) -> tuple[str, str]:
    """(bucket, prefix) of "scheme://bucket/prefix"."""
    bucket, _, prefix = uri.partition("://")[2].partition("/")
    if not bucket:
        raise StorageError("invalid", f"{uri!r} names no bucket", code="TW335", hint="write scheme://bucket/folder")
    prefix = prefix.strip("/")
    return bucket, check(prefix) if prefix else ""


class Taken(Exception):
    """The store says that the key is there already."""


class CloudStore(ABC):
    """Subclasses speak to one SDK; keys they see are whole, from the bucket's top."""

    def __init__(self, root: str, prefix: str) -> None:
        self._root = root
        self._prefix = prefix
        self.uri = join(root, prefix) if prefix else root

    @abstractmethod
    def child(self, prefix: str) -> CloudStore: ...

    @abstractmethod
    def now(self) -> datetime: ...

    @abstractmethod
    def _get(self, key: str) -> bytes: ...

    @abstractmethod
    def _stat(self, key: str) -> Entry | None: ...

    @abstractmethod
    def _put(self, key: str, data: bytes, *, absent: bool) -> Entry:
        """Raises `Taken` where `absent` and the key is there."""

    @abstractmethod
    def _put_file(self, key: str, path: Path, sha256: str) -> Entry: ...

    @abstractmethod
    def _stream(self, key: str, to: BinaryIO) -> tuple[int, str, str]:
        """(bytes, hex digest of them, hex digest as stored or "")."""

    @abstractmethod
    def _list(self, prefix: str) -> Iterator[Entry]: ...

    @abstractmethod
    def _delete(self, key: str) -> None: ...

    def get(self, key: str) -> bytes:
        return self._get(self._full(key))

    def stat(self, key: str) -> Entry | None:
        found = self._stat(self._full(key))
        return None if found is None else self._own(found)

    def put(self, key: str, data: bytes) -> Entry:
        return self._own(self._put(self._full(key), data, absent=False))

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        full = self._full(key)
        try:
            return self._own(self._put(full, data, absent=True))
        except Taken:
            # The SDK may have retried a write whose answer was lost, and now meets its own object.
            return self._ours(full, data)
        except StorageError as error:
            if error.kind != "transient":
                raise
            if self._stat(full) is None:
                raise
            return self._ours(full, data)

    def put_file(self, key: str, path: Path) -> Entry:
        full = self._full(key)
        with translated(f"reading {path}"):
            before = path.stat()
            digest = checksums.sha256(path)
        entry = self._put_file(full, path, digest)
        with translated(f"reading {path}"):
            after = path.stat()
        if entry.size != before.st_size or (after.st_mtime_ns, after.st_size) != (before.st_mtime_ns, before.st_size):
            raise checksums.mismatch(f"{path} (did it change while it was sent?)")
        return self._own(entry)

    def get_file(self, key: str, path: Path) -> int:
        full = self._full(key)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with translated(f"writing {path}"), temporary(path.parent) as file:
                    size, digest, stored = self._stream(full, file)
                    file.flush()
                    if stored and stored != digest:
                        raise checksums.mismatch(f"reading {self._root}/{full}")
                    os.replace(file.name, path)
                return size
            except StorageError as error:
                if error.kind != "transient" or attempt == ATTEMPTS:
                    raise
        raise AssertionError("unreachable")

    def list(self, prefix: str = "") -> Iterator[Entry]:
        start = join(self._prefix, check_prefix(prefix)) if self._prefix else check_prefix(prefix)
        for entry in self._list(start):
            yield self._own(entry)

    def delete(self, key: str) -> None:
        self._delete(self._full(key))

    def upload(self, folder: Path, prefix: str, progress: Progress | None = None) -> int:
        return folders.upload(self, folder, prefix, progress)

    def download(self, prefix: str, folder: Path, progress: Progress | None = None) -> int:
        return folders.download(self, prefix, folder, progress)

    def _ours(self, full: str, data: bytes) -> Entry | None:
        try:
            there = self._get(full)
        except StorageError as error:
            if error.kind == "missing":
                return None  # taken a moment ago and deleted since: not ours in any case
            raise
        found = self._stat(full) if there == data else None
        return None if found is None else self._own(found)

    def _full(self, key: str) -> str:
        return join(self._prefix, check(key))

    def _own(self, entry: Entry) -> Entry:
        if not self._prefix:
            return entry
        return Entry(entry.key[len(self._prefix) + 1 :], entry.size, entry.etag, entry.modified)

    def _where(self, key: str) -> str:
        return f"{self._root}/{key}"
