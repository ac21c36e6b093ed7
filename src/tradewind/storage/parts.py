"""Unfinished files: beside their target, under a name that no listing shows, gone unless they were moved into place."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from tradewind.storage.keys import TEMPORARY


@contextmanager
def temporary(folder: Path) -> Iterator[BinaryIO]:
    """A new file in `folder`, removed at the end unless it was moved away."""
    path = folder / f"{TEMPORARY}{secrets.token_hex(12)}"
    file = path.open("xb")
    try:
        with file:
            yield file
    finally:
        path.unlink(missing_ok=True)
