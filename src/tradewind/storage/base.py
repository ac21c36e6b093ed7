"""What an object store is, for the engine: bytes and folders by key under one root URI."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int], None]  # (bytes so far, bytes in all); may be called from worker threads


@dataclass(frozen=True)
class Entry:
    """An object in a listing. `key` is relative to the store's root; `modified` is by the store's own clock."""

    key: str
    size: int
    etag: str
    modified: datetime


class Store(Protocol):
    """All methods raise `StorageError` (kinds `missing permission credentials invalid transient failed`) and nothing else.

    Safe from many threads. Keys use "/" and never start with it or hold "..".
    """

    uri: str  # of the root, no slash at the end

    def child(self, prefix: str) -> Store:
        """The same store, rooted at `<uri>/<prefix>`."""
        ...

    def get(self, key: str) -> bytes:
        """The whole object. `missing` where there is none."""
        ...

    def stat(self, key: str) -> Entry | None: ...

    def put(self, key: str, data: bytes) -> Entry:
        """Write or overwrite, whole or not at all."""
        ...

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        """Write unless the key is there; None: it was there. One winner among any number of racers.

        A retried write whose first answer was lost still counts as ours: the adapter reads back and compares the whole
        content. So content that is equal must mean "ours": put a writer's token into it wherever two writers may differ.
        """
        ...

    def put_file(self, key: str, path: Path) -> Entry:
        """A file of any size, streamed and checked by checksum; whole or not at all. Overwrites."""
        ...

    def get_file(self, key: str, path: Path) -> int:
        """The object into `path`, which appears only when complete and checked. Returns bytes."""
        ...

    def list(self, prefix: str = "") -> Iterator[Entry]:
        """Every object whose key starts with `prefix`, in order of key."""
        ...

    def delete(self, key: str) -> None:
        """Absent: no error."""
        ...

    def now(self) -> datetime:
        """The store's clock (timezone-aware), for leases."""
        ...

    def upload(self, folder: Path, prefix: str, progress: Progress | None = None) -> int:
        """Every file below `folder` to `<prefix>/<path>`, in parallel, checked by checksum. Returns bytes sent.

        Links that stay inside `folder` are followed; one that leads out of it is refused (`invalid`).
        """
        ...

    def download(self, prefix: str, folder: Path, progress: Progress | None = None) -> int:
        """The other way; nothing ever lands outside `folder`. `missing` where nothing is below `prefix`.

        Files appear only after all of them arrived, so a broken download never looks complete. Returns bytes received.
        """
        ...
