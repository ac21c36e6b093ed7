"""Ports that stay free while nobody listens on them: below those that the kernel hands to outgoing connections."""

from __future__ import annotations

import errno
import random
import socket
import time

RANGE = (20000, 32000)
TRIES = 50


def listen(port: int, patience: float = 0.0) -> socket.socket:
    """A listener on that port of 127.0.0.1. OSError where it is taken, and stays so for `patience` seconds."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return _bound(port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _bound(port: int) -> socket.socket:
    listener = socket.socket()
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(1024)
    except OSError:
        listener.close()
        raise
    return listener


def listen_anywhere() -> socket.socket:
    """A listener on a port that nobody else has."""
    chooser = random.SystemRandom()  # two processes that were forked alike must not choose alike
    for _ in range(TRIES):
        try:
            return listen(chooser.randrange(*RANGE))
        except OSError as error:
            if error.errno not in (errno.EADDRINUSE, errno.EACCES):
                raise
    return listen(0)


def free() -> int:
    """One that nobody listens on now. A stranger may still take it first: who then cannot listen has to try again."""
    with listen_anywhere() as probe:
        return int(probe.getsockname()[1])
