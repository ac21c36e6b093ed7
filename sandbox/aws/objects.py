"""S3's objects on disk, each in a file of its own that is written once: a write costs what is new, not all that is there."""

from __future__ import annotations

import io
import logging
import pickle
import uuid
from pathlib import Path
from typing import Any

from moto.s3.models import FakeKey
from moto.s3.utils import _VersionedKeyStore

log = logging.getLogger("tradewind.sandbox.aws")

MARK = "_tradewind_kept"  # on moto's object: its file, and what it was like when that was written
PARTS = ("_value_buffer", "lock", "_metadata", "multipart", MARK)  # compared otherwise, or not at all


class Objects:
    """For one thread at a time. A file that is missing is an object that is gone: it is said, and the rest stays."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self._there = {file.name for file in folder.iterdir()}
        self._named: set[str] = set()

    def pickled(self, state: Any) -> bytes:
        """The state with a name in place of every object; those that are new or have changed are written first."""
        self._named = set()
        out = io.BytesIO()
        _Pickler(out, self).dump(state)
        return out.getvalue()

    def unpickled(self, data: bytes) -> Any:
        state = _Unpickler(io.BytesIO(data), self, {}).load()
        for account in state.values():
            for backend in account.values():
                _without_the_gone(backend)
        return state

    def sweep(self) -> None:
        """Remove the files of objects that the last pickled state does not name; that must be on disk by now."""
        for name in self._there - self._named:
            (self._folder / name).unlink(missing_ok=True)
        self._there &= self._named

    def name(self, key: FakeKey) -> str:
        """Of the object's file, written now where it is not there as the object is."""
        marks = self._marks(key)
        kept = vars(key).get(MARK)
        if kept is not None and kept[0] in self._there and kept[1] == marks:
            name = str(kept[0])
        else:
            name = uuid.uuid4().hex
            out = io.BytesIO()
            _Pickler(out, self, key).dump(key)
            beside = self._folder / f"{name}.new"  # whole or not there: a kill may come at any moment
            beside.write_bytes(out.getbuffer())
            beside.replace(self._folder / name)
            self._there.add(name)
            vars(key)[MARK] = name, marks
        self._named.add(name)
        return name

    def load(self, name: str, loaded: dict[str, FakeKey | None]) -> FakeKey | None:
        if name not in loaded:
            try:
                data = (self._folder / name).read_bytes()
                key = _Unpickler(io.BytesIO(data), self, loaded).load()
            except (OSError, EOFError, pickle.UnpicklingError):
                log.warning("an object of S3 was not kept: %s", name)
                loaded[name] = None
                return None
            vars(key)[MARK] = name, self._marks(key)
            loaded[name] = key
        return loaded[name]

    def _marks(self, key: FakeKey) -> tuple[Any, ...]:
        """What differs once the object has changed. Its values are replaced and not changed, so whose they are is enough."""
        multipart = key.multipart
        parts = () if multipart is None else tuple(self.name(part) for part in list(multipart.parts.values()) if part)
        own = tuple(id(value) for name, value in list(vars(key).items()) if name not in PARTS)
        return own, tuple(key._metadata.items()), parts


class _Pickler(pickle.Pickler):
    def __init__(self, out: io.BytesIO, objects: Objects, root: FakeKey | None = None) -> None:
        super().__init__(out, protocol=pickle.HIGHEST_PROTOCOL)
        self._objects = objects
        self._root = root

    def persistent_id(self, obj: Any) -> str | None:
        if type(obj) is FakeKey and obj is not self._root:
            return self._objects.name(obj)
        return None

    def reducer_override(self, obj: Any) -> Any:
        """moto's store of keys shows its newest versions only to whoever lists it, and so to pickle."""
        return (_stored, (list(dict.items(obj)),)) if type(obj) is _VersionedKeyStore else NotImplemented


def _stored(entries: list[tuple[str, list[Any]]]) -> _VersionedKeyStore:
    store = _VersionedKeyStore()
    for name, versions in entries:
        dict.__setitem__(store, name, versions)
    return store


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: io.BytesIO, objects: Objects, loaded: dict[str, FakeKey | None]) -> None:
        super().__init__(data)
        self._objects = objects
        self._loaded = loaded

    def persistent_load(self, pid: Any) -> FakeKey | None:
        return self._objects.load(pid, self._loaded)


def _without_the_gone(backend: Any) -> None:
    for bucket in backend.buckets.values():
        for name in list(bucket.keys):
            versions = [version for version in bucket.keys.getlist(name) if version is not None]
            if versions:
                dict.__setitem__(bucket.keys, name, versions)
            else:
                dict.pop(bucket.keys, name)
        for upload in bucket.multiparts.values():
            upload.parts = {number: part for number, part in upload.parts.items() if part is not None}
