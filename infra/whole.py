"""A file that others read while it is written: whole or not at all."""

from __future__ import annotations

import os
import secrets
from pathlib import Path


def put(path: Path, text: str) -> None:
    """With the folder that it is in; nothing is written where it says that already. Raises OSError."""
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        draft.write_text(text, encoding="utf-8")
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
