"""Reads what `log_writer` writes, from any process. The cursor is `<segment>.<byte>`: it survives rotation."""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime
from pathlib import Path

from tradewind.host.log_writer import segment_path, segments
from tradewind.values import LogLine

PAGE = 1024 * 1024  # bytes of one page, about
ENDED = "ended: "  # how the host's own line about a program's end begins


def read_page(folder: Path, cursor: str | None) -> tuple[tuple[LogLine, ...], str, bool]:
    """(lines, cursor for the next call, everything was read). A cursor into a dropped segment goes on at the oldest."""
    number, offset = _position(cursor)
    there = segments(folder)
    lines: list[LogLine] = []
    budget = PAGE
    for at in [n for n in there if n >= number]:
        start = offset if at == number else 0
        try:
            with segment_path(folder, at).open("rb") as source:
                source.seek(start)
                data = source.read(budget)
        except FileNotFoundError:  # rotated away just now
            continue
        whole = data.rfind(b"\n") + 1
        if whole < len(data) < budget and at != there[-1]:  # its writer was killed in the middle of its last line
            data += b"\n"
            whole = len(data)
        lines.extend(_line(raw) for raw in data[:whole].split(b"\n")[:-1])
        number, offset = at, start + whole
        budget -= whole
        if budget <= 0 or whole < len(data):
            return tuple(lines), f"{number}.{offset}", at == there[-1] and len(data) < PAGE
    return tuple(lines), f"{number}.{offset}", True


def last_lines(folder: Path, count: int = 20) -> tuple[str, ...]:
    """The end of the log, for reasons."""
    tail: deque[str] = deque(maxlen=count)
    for number in segments(folder)[-2:]:
        try:
            data = segment_path(folder, number).read_bytes()[-256 * 1024 :]
        except OSError:
            continue
        tail.extend(_line(raw).text for raw in data.split(b"\n")[:-1] if raw)
    return tuple(tail)


def last_word(folder: Path) -> str:
    """The last thing that the program itself said, as one line: a server's JSON log line is its message."""
    own = [text.strip() for text in last_lines(folder) if text.strip() and not text.startswith(ENDED)]
    if not own:
        return ""
    try:
        said = json.loads(own[-1])
    except ValueError:
        return own[-1]
    return str(said["message"]) if isinstance(said, dict) and "message" in said else own[-1]


def _position(cursor: str | None) -> tuple[int, int]:
    number, _, offset = (cursor or "").partition(".")
    return (int(number), int(offset)) if number.isdigit() and offset.isdigit() else (0, 0)


def _line(raw: bytes) -> LogLine:
    time, _, rest = raw.decode("utf-8", "replace").partition("\t")
    source, _, text = rest.partition("\t")
    try:
        return LogLine(text=text, source=source, time=datetime.fromisoformat(time))
    except ValueError:  # a line cut by a full disk
        return LogLine(text=raw.decode("utf-8", "replace"), source="")
