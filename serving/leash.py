"""A server that other processes started for themselves ends when none of them is left."""

from __future__ import annotations

import asyncio
import fcntl
import os

_LOOK = 0.5  # seconds between two looks


def hold(path: str) -> int:
    """Be one of those who use it, for as long as this process lives or until the descriptor is closed."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(fd, fcntl.LOCK_SH)
    return fd


async def nobody_left(path: str, linger: float) -> None:
    """Returns once nobody has held it for `linger` seconds. The kernel lets go for whoever dies."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    loop = asyncio.get_event_loop()
    try:
        last = loop.time()
        while True:
            if _held(fd):
                last = loop.time()
            elif loop.time() - last >= linger:
                return
            await asyncio.sleep(_LOOK)
    finally:
        os.close(fd)


def _held(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    fcntl.flock(fd, fcntl.LOCK_UN)
    return False
