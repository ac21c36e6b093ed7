from __future__ import annotations

import errno
import threading
import time

import pytest

from tradewind.host import ports


def test_a_free_port_is_below_the_ephemeral_ones() -> None:
    """An outgoing connection of somebody else must not sit on an endpoint's port while it is stopped."""
    low, high = ports.RANGE
    found = {ports.free() for _ in range(5)}
    assert all(low <= port < high for port in found)


def test_a_taken_port_is_refused_at_once() -> None:
    with ports.listen_anywhere() as stranger, pytest.raises(OSError, match="in use") as caught:
        ports.listen(stranger.getsockname()[1])
    assert caught.value.errno == errno.EADDRINUSE


def test_patience_outlasts_the_threads_of_a_killed_daemon() -> None:
    dying = ports.listen_anywhere()
    port = dying.getsockname()[1]
    threading.Timer(0.3, dying.close).start()
    began = time.monotonic()
    ports.listen(port, patience=20).close()
    assert time.monotonic() - began >= 0.2
