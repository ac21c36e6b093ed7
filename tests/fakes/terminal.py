"""`deploy` on a pseudo-terminal, as a person runs it: read until something is shown, type, press Ctrl-C."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType

from fakes.shell import argv

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def _in_a_window() -> None:
    """Ctrl-C and a closed window reach it as signals, also where the tests themselves run under nohup."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Terminal:
    """stdin and stderr are the terminal; stdout too, unless `piped`, when `stdout` holds it at the end."""

    def __init__(
        self,
        *words: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        size: tuple[int, int] = (40, 100),
        piped: bool = False,
    ) -> None:
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
        self._child = subprocess.Popen(
            argv(*words),
            cwd=cwd,
            env={**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8", **(env or {})},
            stdin=slave,
            stdout=subprocess.PIPE if piped else slave,
            stderr=slave,
            start_new_session=True,
            preexec_fn=_in_a_window,
        )
        os.close(slave)
        self.raw = ""
        self.stdout = b""

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._child.poll() is None:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        if self._master >= 0:
            os.close(self._master)

    def hang_up(self) -> int:
        """Close the window; the exit code of what ran in it."""
        os.close(self._master)
        self._master = -1
        if self._child.stdout is not None:
            self.stdout = self._child.stdout.read()
        return self._child.wait(timeout=30)

    @property
    def shown(self) -> str:
        """All that was written, without colours and movements of the cursor."""
        return _ESCAPES.sub("", self.raw)

    def wait_for(self, text: str, timeout: float = 30) -> None:
        deadline = time.monotonic() + timeout
        while text not in self.shown:
            if time.monotonic() > deadline or not self._read(0.1):
                raise AssertionError(f"{text!r} was not shown in:\n{self.shown}")

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def ctrl_c(self) -> None:
        self.type("\x03")

    def end(self, timeout: float = 60) -> int:
        """Read to the end; the exit code."""
        deadline = time.monotonic() + timeout
        while self._read(0.1):
            if time.monotonic() > deadline:
                raise AssertionError(f"still running:\n{self.shown}")
        if self._child.stdout is not None:
            self.stdout = self._child.stdout.read()
        return self._child.wait(timeout=10)

    def _read(self, wait: float) -> bool:
        """False once the other side is closed."""
        ready, _, _ = select.select([self._master], [], [], wait)
        if not ready:
            return self._child.poll() is None
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: how Linux says that nobody holds the other side any more
            return False
        self.raw += data.decode("utf-8", "replace")
        return bool(data)
