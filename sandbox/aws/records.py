"""Documents by key, each a file of its own: on disk before anybody hears of it."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from tradewind.host.files import read_json, write_json

Key = tuple[str, ...]
Document = Mapping[str, Any]


class Records:
    """Thread-safe. Documents hold what JSON can hold; without a folder they live as long as the process."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._held: dict[Key, Document] = {}
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            for file in sorted(folder.glob("*.json")):
                if (said := read_json(file)) is not None:
                    self._held[tuple(said["key"])] = said["value"]

    def get(self, key: Key) -> Document | None:
        with self._lock:
            return self._held.get(key)

    def all(self, *first: str) -> list[tuple[Key, Document]]:
        """Of the keys that begin with `first`, in their order."""
        with self._lock:
            return sorted(
                ((key, value) for key, value in self._held.items() if key[: len(first)] == first),
                key=lambda entry: entry[0],
            )

    def put(self, key: Key, value: Document) -> None:
        with self._lock:
            if self._folder is not None:
                write_json(self._file(self._folder, key), {"key": list(key), "value": value})
            self._held[key] = value

    def change(self, key: Key, how: Callable[[Document | None], Document | None]) -> Document | None:
        """What `how` makes of what is there now (None: nothing); None from it: there is nothing any more."""
        with self._lock:
            now = self._held.get(key)
            then = how(now)
            if then is None:
                self.drop(key)
            elif then is not now:
                self.put(key, then)
            return then

    def drop(self, key: Key) -> bool:
        """Was it there?"""
        with self._lock:
            there = self._held.pop(key, None) is not None
            if there and self._folder is not None:
                self._file(self._folder, key).unlink(missing_ok=True)
            return there

    @staticmethod
    def _file(folder: Path, key: Key) -> Path:
        return folder / f"{hashlib.sha256(chr(0).join(key).encode()).hexdigest()[:40]}.json"
