"""Files that other processes read while we write: whole or not at all, one winner among racers."""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TAKEN = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})


def write_whole(path: Path, text: str, *, private: bool = False) -> None:
    """Replace `path` in one step, durably; a reader sees the old text or the new one. `private` is mode 0600."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(6)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600 if private else 0o644)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: Mapping[str, Any], *, private: bool = False) -> None:
    write_whole(path, json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True), private=private)


def read_json(path: Path) -> dict[str, Any] | None:
    """None where the file is absent or is not a whole JSON object: what cannot be read says nothing."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def make_folder(folder: Path, files: Mapping[str, str]) -> bool:
    """Create `folder` with these files in one step. False: it was there, and nothing was changed."""
    beside = aside(folder)
    beside.mkdir(parents=True)
    try:
        for name, text in files.items():
            write_whole(beside / name, text)
        beside.rename(folder)
    except OSError as error:
        shutil.rmtree(beside, ignore_errors=True)
        if error.errno in TAKEN:
            return False
        raise
    return True


def remove_folder(folder: Path) -> None:
    """Out of sight in one step, then deleted. Absent: no error."""
    gone = aside(folder)
    try:
        folder.rename(gone)
    except FileNotFoundError:
        return
    shutil.rmtree(gone, ignore_errors=True)


def aside(folder: Path) -> Path:
    """A name beside `folder` that nobody takes for a finished one."""
    return folder.with_name(f".{folder.name[:40]}.{secrets.token_hex(6)}")


def place_folder(source: Path, target: Path) -> None:
    """Move a folder to `target`, replacing what is there; across disks by a copy that appears whole or not at all."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = aside(target)
    try:
        source.rename(beside)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        try:
            shutil.copytree(source, beside, symlinks=True)
        except BaseException:
            shutil.rmtree(beside, ignore_errors=True)
            raise
    remove_folder(target)
    beside.rename(target)
    shutil.rmtree(source, ignore_errors=True)
