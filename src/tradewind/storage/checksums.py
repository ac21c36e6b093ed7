"""SHA-256 of files, read in pieces; and copies that are read back before they count."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

from tradewind.errors import StorageError

PIECE = 1024 * 1024  # bytes read at once


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def copy(source: BinaryIO, target: BinaryIO) -> tuple[int, str]:
    """(bytes, hex digest) of what was read."""
    digest, size = hashlib.sha256(), 0
    while piece := source.read(PIECE):
        digest.update(piece)
        target.write(piece)
        size += len(piece)
    return size, digest.hexdigest()


def mismatch(what: str) -> StorageError:
    return StorageError(
        "transient",
        f"{what}: the checksum of what arrived differs from what was sent",
        code="TW338",
        hint="nothing was kept; run the command again, and check the disk or network if it repeats",
    )
