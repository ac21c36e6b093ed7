"""Logs on disk: numbered segments of lines, each `<UTC time>\t<source>\t<text>`, rotated by size, the oldest dropped."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

SEGMENT = 8 * 1024 * 1024  # bytes
MASK = "***"
LONGEST = 64 * 1024  # bytes of one line; a longer one is cut in pieces
SHORTEST_SECRET = 4  # characters; shorter values would mask half of the log


def segment_path(folder: Path, number: int) -> Path:
    return folder / f"{number:08d}.log"


def segments(folder: Path) -> list[int]:
    try:
        return sorted(int(path.stem) for path in folder.glob("*.log") if path.stem.isdigit())
    except OSError:
        return []


class LogWriter:
    """One writer a folder; safe from threads. A full disk costs lines, never the job: `lost` counts them."""

    def __init__(self, folder: Path, *, keep: int, secrets: Sequence[str] = (), segment: int = SEGMENT) -> None:
        self._folder = folder
        self._keep = keep
        self._limit = segment
        self._secrets = sorted({s for s in secrets if len(s) >= SHORTEST_SECRET}, key=len, reverse=True)
        self._lock = threading.Lock()
        self._partial: dict[str, bytes] = {}
        self.lost = 0
        folder.mkdir(parents=True, exist_ok=True)
        self._number = max(segments(folder), default=0) + 1
        self._file: BinaryIO | None = None
        self._size = 0

    def hide(self, secrets: Sequence[str]) -> None:
        """Mask these values as well from now on."""
        known = {*self._secrets, *(s for s in secrets if len(s) >= SHORTEST_SECRET)}
        self._secrets = sorted(known, key=len, reverse=True)

    def feed(self, source: str, data: bytes) -> None:
        """Bytes as a program wrote them; whole lines are written, the rest waits for its end."""
        with self._lock:
            *lines, rest = (self._partial.get(source, b"") + data).split(b"\n")
            while len(rest) > LONGEST:
                lines.append(rest[:LONGEST])
                rest = rest[LONGEST:]
            self._partial[source] = rest
            self._write(source, lines)

    def end(self, source: str) -> None:
        """The program ended: what it left without a newline is its last line."""
        with self._lock:
            rest = self._partial.pop(source, b"")
            if rest:
                self._write(source, [rest])

    def say(self, source: str, text: str) -> None:
        """Lines of our own."""
        with self._lock:
            self._write(source, text.encode().split(b"\n"))

    def close(self) -> None:
        with self._lock:
            if self._file is not None:
                self._file.close()
                self._file = None

    def _write(self, source: str, lines: Sequence[bytes]) -> None:
        if not lines:
            return
        head = f"{datetime.now(UTC).isoformat(timespec='microseconds')}\t{source}\t".encode()
        block = b"".join(head + self._masked(line.rstrip(b"\r")) + b"\n" for line in lines)
        try:
            out = self._open()
            out.write(block)
            out.flush()
        except OSError:
            self.lost += len(lines)
            return
        self._size += len(block)

    def _masked(self, line: bytes) -> bytes:
        for secret in self._secrets:
            line = line.replace(secret.encode(), MASK.encode())
        return line

    def _open(self) -> BinaryIO:
        if self._file is not None and self._size >= self._limit:
            self._file.close()
            self._file = None
            self._number += 1
        if self._file is None:
            self._file = segment_path(self._folder, self._number).open("ab")
            self._size = self._file.tell()
            for old in segments(self._folder)[: -self._keep]:
                segment_path(self._folder, old).unlink(missing_ok=True)
        return self._file
