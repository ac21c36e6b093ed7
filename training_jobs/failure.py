"""Why a job failed, short enough for every cloud, with no secret in it."""

from __future__ import annotations

import json
import os
import signal
from collections import deque
from typing import Iterable, Mapping

from tradewind.training_jobs.redact import Redactor

MAX_REASON = 1024  # characters; SageMaker's limit
MAX_LINES = 40
MAX_LINE = 500  # characters
SCHEMA = "tradewind/failure/1"


class Tail:
    """The last lines of several streams of bytes, in the order that they were finished, in bounded memory."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque(maxlen=MAX_LINES)
        self._streams: list[Stream] = []

    def stream(self) -> Stream:
        """For one stream alone: half a line of one must not be glued to half a line of the other."""
        made = Stream(self._lines)
        self._streams.append(made)
        return made

    def lines(self) -> list[str]:
        unfinished = [text for text in (_text(stream.unfinished) for stream in self._streams) if text]
        return [*self._lines, *unfinished][-MAX_LINES:]


class Stream:
    def __init__(self, lines: deque[str]) -> None:
        self._lines = lines
        self.unfinished = b""

    def feed(self, data: bytes) -> None:
        pieces = (self.unfinished + data).replace(b"\r\n", b"\n").split(b"\n")
        for piece in pieces[:-1]:
            text = _text(piece)
            if text:
                self._lines.append(text)
        # Of a line without an end (a progress bar) only what can be shown is kept.
        self.unfinished = pieces[-1][-4 * MAX_LINE :]


def _text(piece: bytes) -> str:
    """What a terminal would show in the end: a progress bar rewrites its line with \\r."""
    return piece.rstrip(b"\r").rpartition(b"\r")[2].decode("utf-8", "replace").rstrip()[:MAX_LINE]


def of_exit(returncode: int, stopped_by: int, lines: Iterable[str]) -> str:
    """One sentence: how it ended, and what the command said last."""
    how = describe(returncode)
    if stopped_by:
        ended = "was killed when its time to save was over" if returncode == -signal.SIGKILL else f"ended with {how}"
        how = f"stopped by {name_of(stopped_by)}; the command {ended}"
    last = next((line for line in reversed(list(lines)) if line.strip()), "")
    return f"{how}: {last}" if last else how


def describe(returncode: int) -> str:
    if returncode < 0:
        how = f"signal {name_of(-returncode)}"
        return how + " (out of memory?)" if -returncode == signal.SIGKILL else how
    return f"exit code {returncode}"


def name_of(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return str(number)


def write(paths: tuple[str, ...], exit_code: int, reason: str, lines: list[str], secrets: Mapping[str, str]) -> str:
    """The reason to each path: as JSON where the name ends in .json, else as text (SageMaker). Returns it, redacted."""
    redactor = Redactor(secrets.values())
    reason = redactor.text(reason)[:MAX_REASON]
    lines = [redactor.text(line) for line in lines]
    document = {"schema": SCHEMA, "exit_code": exit_code, "reason": reason, "lines": lines}
    for path in paths:
        text = json.dumps(document, ensure_ascii=False, indent=1) if path.endswith(".json") else _short(reason, lines)
        folder = os.path.dirname(os.path.abspath(path))
        os.makedirs(folder, exist_ok=True)
        with open(path + ".part", "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        os.replace(path + ".part", path)
    return reason


def clear(paths: tuple[str, ...]) -> None:
    """A reason left by an earlier attempt must not be taken for this one's."""
    for path in paths:
        try:
            os.remove(path)
        except OSError:
            continue  # not there, or not ours to remove: write() will say so


def _short(reason: str, lines: list[str]) -> str:
    text = reason
    for count in range(1, len(lines) + 1):
        longer = reason + "\n" + "\n".join(lines[-count:])
        if len(longer) > MAX_REASON:
            break
        text = longer
    return text
