"""What Pulumi's Automation API leaves behind of a program that failed."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from types import FrameType
from typing import Any

from pulumi.automation._server import LanguageServer

from tests.sandbox.emulator import until

RUN = LanguageServer.Run.__code__


def end() -> None:
    """Its thread still runs when the command has failed already, and leaves coroutines in a loop that nobody turns again.

    Collected at some later time they say `Exception ignored in`, and while a module is compiled they break Python 3.11's parser.
    """
    until(lambda: not any(_runs(frame) for frame in sys._current_frames().values()))
    tasks: Any = asyncio.tasks._all_tasks  # type: ignore[attr-defined]  # all_tasks() knows those of one loop
    for task in list(tasks):
        if not task.done() and not task.get_loop().is_running():
            task._log_destroy_pending = False
            with contextlib.suppress(Exception):  # its `finally` awaits
                task.get_coro().close()


def _runs(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code is RUN:
            return True
        frame = frame.f_back
    return False
