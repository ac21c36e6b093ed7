"""Many small immutable objects, read by few calls: `packs/<room>.json` repeats what was read before.

The objects stay the truth. A pack is a copy that anybody may lose or write over: an object counts as the listing shows it, and
one whose tag differs from the pack's is read itself. So a reader needs the listing, the pack, and what came since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from tradewind.engine.patient import Objects
from tradewind.errors import StorageError
from tradewind.storage.base import Entry

PREFIX = "packs/"
SCHEMA = "tradewind/pack/1"
READERS = 16  # objects read at once
ENOUGH = 32  # objects outside of the pack that are worth another one


class Pack:
    """Of one room of the store ("ledger", "runs"). Not for several threads at once."""

    def __init__(self, store: Objects, room: str) -> None:
        self._store = store
        self._key = f"{PREFIX}{room}.json"
        self._held: dict[str, tuple[str, bytes]] | None = None  # key -> (tag, content), as the pack in the store has it
        self._read: dict[str, tuple[str, bytes]] = {}  # all that was asked for so far

    @property
    def loose(self) -> int:
        """How many of the objects read so far the pack in the store does not have."""
        return sum(1 for key in self._read if key not in (self._held or {}))

    def get(self, found: Sequence[Entry]) -> Mapping[str, bytes]:
        """Their contents by key; one that vanished meanwhile is left out. Raises StorageError."""
        wanted = [entry for entry in found if self._read.get(entry.key, ("",))[0] != entry.etag]
        if len(wanted) > 1:  # of one object the pack is no shorter way
            held = self._packed()
            self._read |= {e.key: held[e.key] for e in wanted if held.get(e.key, ("",))[0] == e.etag}
            wanted = [entry for entry in wanted if self._read.get(entry.key, ("",))[0] != entry.etag]
        self._read |= self._fetched(wanted)
        return {entry.key: self._read[entry.key][1] for entry in found if entry.key in self._read}

    def note(self, entry: Entry, data: bytes) -> None:
        """What was just written need not be read."""
        self._read[entry.key] = (entry.etag, data)

    def write(self) -> None:
        """Put all that was read and noted into the pack; never an error."""
        # Damaged objects are kept as they are, too: bytes that are no text travel as lone surrogates.
        objects = {k: [tag, data.decode("utf-8", "surrogateescape")] for k, (tag, data) in sorted(self._read.items())}
        with suppress(StorageError):  # whoever reads next reads a little more
            self._store.put(self._key, json.dumps({"schema": SCHEMA, "objects": objects}).encode())
            self._held = dict(self._read)

    def _packed(self) -> dict[str, tuple[str, bytes]]:
        if self._held is None:
            self._held = self._load()
        return self._held

    def _load(self) -> dict[str, tuple[str, bytes]]:
        try:
            said = json.loads(self._store.get(self._key))
            if said["schema"] != SCHEMA:  # a newer tradewind's, which this one need not understand
                return {}
            objects = said["objects"].items()
            return {key: (str(tag), str(data).encode("utf-8", "surrogateescape")) for key, (tag, data) in objects}
        except StorageError as error:
            if error.kind != "missing":
                raise
            return {}
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return {}

    def _fetched(self, wanted: Sequence[Entry]) -> dict[str, tuple[str, bytes]]:
        if len(wanted) < 2:
            answers = [self._one(entry.key) for entry in wanted]
        else:
            with ThreadPoolExecutor(min(READERS, len(wanted)), thread_name_prefix="tradewind-read") as pool:
                answers = list(pool.map(lambda entry: self._one(entry.key), wanted))
        return {e.key: (e.etag, data) for e, data in zip(wanted, answers, strict=True) if data is not None}

    def _one(self, key: str) -> bytes | None:
        try:
            return self._store.get(key)
        except StorageError as error:
            if error.kind == "missing":  # deleted between the listing and the look
                return None
            raise
