"""A container stood in for by a process of `host`: its own session, on a leash, its lines read as they come."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from tradewind.host.processes import MARK, OPEN, Leash, gated, kill_group, kill_marked, signal_group

DRAIN = 5.0  # seconds for the last lines of a process that has ended


class Process:
    """Started by its making. Raises OSError where the working directory is not there."""

    def __init__(self, argv: Sequence[str], folder: Path, env: Mapping[str, str], say: Callable[[str], None]) -> None:
        self._mark = env[MARK]
        self._child = subprocess.Popen(
            gated(argv),
            cwd=folder,
            env=dict(env),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._leash = Leash(self._child.pid)
        self._reader = threading.Thread(target=_read, args=(self._child.stdout, say), daemon=True)
        self._reader.start()
        if self._child.stdin is not None:
            with contextlib.suppress(BrokenPipeError), self._child.stdin as gate:
                gate.write(OPEN)

    @property
    def pid(self) -> int:
        return self._child.pid

    def code(self) -> int | None:
        """None: it runs. Negative: the signal that ended it."""
        return self._child.poll()

    def terminate(self) -> None:
        signal_group(self._child.pid, signal.SIGTERM)

    def kill(self) -> None:
        kill_group(self._child.pid)

    def clear(self) -> None:
        """After the end: whatever it left behind goes, and its last lines are read."""
        kill_group(self._child.pid)
        self._child.wait()
        kill_marked(self._mark)
        self._reader.join(DRAIN)
        self._leash.drop()


def ended(processes: Sequence[Process], patience: float) -> bool:
    deadline = time.monotonic() + patience
    while any(process.code() is None for process in processes):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def _read(stream: IO[bytes] | None, say: Callable[[str], None]) -> None:
    if stream is not None:
        for line in stream:
            say(line.decode("utf-8", "replace").rstrip("\r\n"))
