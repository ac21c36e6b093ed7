"""One JSON object a line on stderr: events at once, access lines gathered for a moment so that logging costs no request."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import threading
import time
import traceback
from collections import deque
from itertools import dropwhile
from typing import Any, Tuple

from tradewind.serving.secretive import hide

_dumps = json.JSONEncoder(separators=(",", ":"), default=str).encode
_quoted = json.encoder.encode_basestring_ascii
_FLUSH_AT = 200
_NOT_THEIRS = (
    os.path.dirname(os.path.abspath(__file__)) + os.sep,
    os.path.dirname(os.path.abspath(asyncio.__file__)) + os.sep,
    "uvloop/",
    "<frozen importlib",
)
_Access = Tuple[float, str, str, int, float, int, str]


def _stamp(at: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at)) + f".{int(at * 1000) % 1000:03d}Z"


def _write(text: str) -> None:
    data = text.encode("utf-8", "backslashreplace")
    try:
        fd = sys.stderr.fileno()
        while data:
            data = data[os.write(fd, data) :]
    except (OSError, ValueError):
        return  # nobody reads our log any more; serving goes on


def _theirs(trace: traceback.TracebackException) -> traceback.TracebackException:
    """Without what leads from us to their code: people look for theirs. An error that is all ours keeps its frames."""
    kept = list(dropwhile(lambda frame: frame.filename.startswith(_NOT_THEIRS), trace.stack))
    if kept or hasattr(trace, "offset"):  # a SyntaxError says itself where it is
        trace.stack[:] = kept
    for cause in (trace.__cause__, trace.__context__):
        if cause is not None:
            _theirs(cause)
    return trace


class Log:
    """Safe from several threads."""

    def __init__(self) -> None:
        self._lines: deque[_Access] = deque()  # appended by the loop while any thread may drain it
        self._lock = threading.Lock()
        self._second = 0
        self._prefix = ""

    def event(self, level: str, message: str, **more: Any) -> None:
        """One event, written before this returns."""
        shown = {name: hide(value) if isinstance(value, str) else value for name, value in more.items()}
        line = _dumps({"time": _stamp(time.time()), "level": level, "message": hide(message), **shown}) + "\n"
        with self._lock:
            _write(self._gathered() + line)

    def failure(self, message: str, error: BaseException, **more: Any) -> None:
        """An error with its traceback, for whoever runs the server."""
        trace = "".join(_theirs(traceback.TracebackException(type(error), error, error.__traceback__)).format())
        self.event("error", message, error=f"{type(error).__name__}: {error}", traceback=trace, **more)

    def access(self, method: str, path: str, status: int, seconds: float, size: int, request_id: str) -> bool:
        """Keep one access line; true when the caller should flush soon. `size` is the answer's body in bytes (-1: streamed)."""
        self._lines.append((time.time(), method, path, status, seconds, size, request_id))
        if len(self._lines) >= _FLUSH_AT:
            self.flush()
            return False
        return len(self._lines) == 1

    def flush(self) -> None:
        with self._lock:
            _write(self._gathered())

    def _gathered(self) -> str:
        lines = self._lines
        return "".join([self._line(*lines.popleft()) for _ in range(len(lines))])

    def _line(self, at: float, method: str, path: str, status: int, seconds: float, size: int, request_id: str) -> str:
        """Written by hand, in a batch: a third of what the encoder takes. Path and id come from outside and need escaping."""
        if int(at) != self._second:
            self._second = int(at)
            self._prefix = time.strftime('{"time":"%Y-%m-%dT%H:%M:%S.', time.gmtime(at))
        return (
            f'{self._prefix}{int(at * 1000) % 1000:03d}Z","level":"info","message":"request","method":"{method}",'
            f'"path":{_quoted(path)},"status":{status},"ms":{seconds * 1000:.2f},"bytes":{size},'
            f'"request_id":{_quoted(request_id)}}}\n'
        )
