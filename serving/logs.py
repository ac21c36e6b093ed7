"""One JSON object a line on stderr: events at once, access lines gathered for a moment so that logging costs no request."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import traceback
from collections import deque
from typing import Any

_dumps = json.JSONEncoder(separators=(",", ":"), default=str).encode
_FLUSH_AT = 200


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


class Log:
    """Safe from several threads."""

    def __init__(self) -> None:
        self._lines: deque[str] = deque()  # appended by the loop while any thread may drain it
        self._lock = threading.Lock()
        self._second = 0
        self._prefix = ""

    def event(self, level: str, message: str, **more: Any) -> None:
        """One event, written before this returns."""
        line = _dumps({"time": _stamp(time.time()), "level": level, "message": message, **more}) + "\n"
        with self._lock:
            _write(self._gathered() + line)

    def failure(self, message: str, error: BaseException, **more: Any) -> None:
        """An error with its whole traceback, for whoever runs the server."""
        trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        self.event("error", message, error=f"{type(error).__name__}: {error}", traceback=trace, **more)

    def access(self, method: str, path: str, status: int, seconds: float, size: int, request_id: str) -> bool:
        """Keep one access line; true when the caller should flush soon. `size` is the answer's body in bytes (-1: streamed)."""
        at = time.time()
        second = int(at)
        if second != self._second:
            self._second = second
            self._prefix = time.strftime('{"time":"%Y-%m-%dT%H:%M:%S.', time.gmtime(second))
        # path and id come from outside: only these need escaping
        line = (
            f'{self._prefix}{int(at * 1000) % 1000:03d}Z","level":"info","message":"request",'
            f'"method":"{method}","path":{_dumps(path)},"status":{status},"ms":{seconds * 1000:.2f},'
            f'"bytes":{size},"request_id":{_dumps(request_id)}}}\n'
        )
        self._lines.append(line)
        if len(self._lines) >= _FLUSH_AT:
            self.flush()
            return False
        return len(self._lines) == 1

    def flush(self) -> None:
        with self._lock:
            _write(self._gathered())

    def _gathered(self) -> str:
        return "".join([self._lines.popleft() for _ in range(len(self._lines))])
