"""Ctrl-C, SIGTERM, a closed terminal: the first asks whoever waits to put things in order, the second leaves at once."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tradewind.engine.clock import Stop

INTERRUPTED = 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_ECHO = 0.1  # seconds: a shell, `uv run` or a CI runner passes on what its child got already; nobody presses as fast
_SHOW_CURSOR = b"\x1b[?25h"


@contextmanager
def stoppable(
    first: str,
    second: str,
    last: Callable[[], bytes] | None = None,
    announce: Callable[[str], bool] | None = None,
) -> Iterator[Stop]:
    """A Stop that the first signal asks. `first` and `second` are said then, by `announce` where it can.

    `last` gives what stdout gets before the second signal ends everything.
    """
    from tradewind.engine.clock import Stop

    stop = Stop()

    asked_at = 0.0

    def handle(number: int, _frame: FrameType | None) -> None:
        nonlocal asked_at
        if not stop.asked:
            asked_at = time.monotonic()
            if announce is None or not announce(first):
                _shout(f"\n{first}\n".encode())
            stop.ask()
            return
        if number == signal.SIGHUP or time.monotonic() - asked_at < _ECHO:
            return
        _shout((_SHOW_CURSOR if _terminal() else b"") + f"\n{second}\n".encode())
        if last is not None:
            _write(1, last())
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():  # signals belong to the main thread alone
        yield stop
        return
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]  # nohup is respected
    before = {number: signal.signal(number, handle) for number in heeded}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """SIGTERM outside of a wait ends like Ctrl-C does: exit 130, with a message."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def handle(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, handle)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminal() -> bool:
    try:
        return os.isatty(2)
    except OSError:
        return False


def _shout(text: bytes) -> None:
    _write(2, text)


def _write(descriptor: int, text: bytes) -> None:
    """Past Python's buffers, which a handler may have interrupted."""
    try:
        os.write(descriptor, text)
    except OSError:
        return
