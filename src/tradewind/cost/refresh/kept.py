"""What is read already, on disk, so that a stopped refresh goes on: a file a region or list, written after each page."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

FORMAT = 1
PASSING = ".passing-"  # what is here for a moment begins like this
KEPT_FOR = timedelta(hours=24)  # a refresh that goes on after longer would mix days


@dataclass(frozen=True)
class Part:
    """`rows` are the reader's own. `mark` is the version of what was read; `next` leads to the page after, "" at the end."""

    began: str  # UTC, ISO 8601
    mark: str = ""
    next: str = ""
    pages: int = 0
    done: bool = False
    rows: tuple[Any, ...] = ()
    left: Mapping[str, int] = field(default_factory=dict)


class Kept:
    """Of one service, from one address."""

    def __init__(self, folder: Path, address: str, now: datetime) -> None:
        self._folder = folder / hashlib.sha256(address.encode()).hexdigest()[:12]
        self._now = now

    @property
    def folder(self) -> Path:
        """For what is read in passing; made here."""
        self._folder.mkdir(parents=True, exist_ok=True)
        return self._folder

    def begun(self) -> Part:
        return Part(self._now.isoformat())

    def find(self, name: str, mark: str = "") -> Part:
        """What is kept of it, or an empty one: where nothing is, it is too old, of another version, or cannot be read.

        A part with a mark is as good as its version, however old.
        """
        try:
            said = json.loads((self._folder / f"{name}.json").read_bytes())
            if said.pop("format") != FORMAT:
                return self.begun()
            part = Part(**{**said, "rows": tuple(said["rows"])})
            old = self._now - datetime.fromisoformat(part.began) > KEPT_FOR
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return self.begun()
        return self.begun() if part.mark != mark or (old and not mark) else part

    def keep(self, name: str, part: Part) -> Part:
        write(self.folder / f"{name}.json", json.dumps({"format": FORMAT, **asdict(part)}).encode())
        return part

    def forget(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)


def tidy(folder: Path) -> None:
    """What a refresh that was killed left half-written, at any depth."""
    for stale in tuple(folder.rglob(f"{PASSING}*")):
        if stale.is_dir():
            shutil.rmtree(stale, ignore_errors=True)
        else:
            stale.unlink(missing_ok=True)


def grown(part: Part, rows: tuple[Any, ...], left: Mapping[str, int], next: str) -> Part:
    """With one more page."""
    counted = {why: part.left.get(why, 0) + left.get(why, 0) for why in (*part.left, *left)}
    return replace(part, rows=(*part.rows, *rows), left=counted, next=next, pages=part.pages + 1, done=not next)


def write(file: Path, data: bytes) -> None:
    """All of it or nothing: whoever reads meanwhile, or after a crash, has the old one or the new one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=file.parent, prefix=PASSING)
    try:
        with os.fdopen(number, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
