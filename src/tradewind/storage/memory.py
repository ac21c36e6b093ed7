"""Objects in this process's memory: for tests and for trying things out. The reference of what a store does."""

from __future__ import annotations

import hashlib
import os
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pydantic import BaseModel

from tradewind.errors import StorageError
from tradewind.storage import folders
from tradewind.storage.base import Entry, Progress
from tradewind.storage.keys import check, check_prefix, join
from tradewind.storage.oserrors import translated
from tradewind.storage.parts import temporary


def _system_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Space:
    objects: dict[str, tuple[bytes, datetime]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)


_named: dict[str, _Space] = {}
_named_lock = threading.Lock()


def open_uri(uri: str, _settings: BaseModel | None) -> MemoryStore:
    """`memory://name/prefix`: the same name is the same store, in this process."""
    name, _, prefix = uri.removeprefix("memory://").strip("/").partition("/")
    with _named_lock:
        space = _named.setdefault(name, _Space())
    return MemoryStore(name, prefix=prefix, space=space)


class MemoryStore:
    """`clock` is the store's own clock, which tests set apart from the machine's."""

    def __init__(
        self,
        name: str = "",
        *,
        prefix: str = "",
        clock: Callable[[], datetime] = _system_clock,
        space: _Space | None = None,
    ) -> None:
        self.name = name
        self._prefix = prefix
        self._clock = clock
        self._space = space or _Space()
        self.uri = f"memory://{join(name, prefix) if prefix else name}"

    def child(self, prefix: str) -> MemoryStore:
        below = join(self._prefix, check(prefix))
        return MemoryStore(self.name, prefix=below, clock=self._clock, space=self._space)

    def get(self, key: str) -> bytes:
        with self._space.lock:
            found = self._space.objects.get(self._full(key))
        if found is None:
            raise StorageError("missing", f"{self.uri}/{key} does not exist", code="TW331", hint="check the address")
        return found[0]

    def stat(self, key: str) -> Entry | None:
        with self._space.lock:
            found = self._space.objects.get(self._full(key))
        return None if found is None else _entry(key, *found)

    def put(self, key: str, data: bytes) -> Entry:
        with self._space.lock:
            stored = self._space.objects[self._full(key)] = (bytes(data), self._clock())
        return _entry(key, *stored)

    def put_if_absent(self, key: str, data: bytes) -> Entry | None:
        with self._space.lock:
            return None if self._full(key) in self._space.objects else self.put(key, data)

    def put_file(self, key: str, path: Path) -> Entry:
        with translated(f"reading {path}"):
            data = path.read_bytes()
        return self.put(key, data)

    def get_file(self, key: str, path: Path) -> int:
        data = self.get(key)
        with translated(f"writing {path}"), temporary(path.parent) as file:
            file.write(data)
            file.flush()
            os.replace(file.name, path)
        return len(data)

    def list(self, prefix: str = "") -> Iterator[Entry]:
        start = join(self._prefix, check_prefix(prefix)) if self._prefix else check_prefix(prefix)
        with self._space.lock:
            keys = sorted(self._space.objects)
            found = []
            for key in keys[bisect_left(keys, start) :]:
                if not key.startswith(start):
                    break
                found.append(_entry(self._own(key), *self._space.objects[key]))
        return iter(found)

    def delete(self, key: str) -> None:
        with self._space.lock:
            self._space.objects.pop(self._full(key), None)

    def now(self) -> datetime:
        return self._clock()

    def upload(self, folder: Path, prefix: str, progress: Progress | None = None) -> int:
        return folders.upload(self, folder, prefix, progress)

    def download(self, prefix: str, folder: Path, progress: Progress | None = None) -> int:
        return folders.download(self, prefix, folder, progress)

    def _full(self, key: str) -> str:
        return join(self._prefix, check(key))

    def _own(self, key: str) -> str:
        return key[len(self._prefix) + 1 :] if self._prefix else key


def _entry(key: str, data: bytes, modified: datetime) -> Entry:
    return Entry(key, len(data), hashlib.sha256(data).hexdigest(), modified)
