"""Under MPI only rank 0 starts the program; the other nodes stay up until it ended, and end as it did."""

from __future__ import annotations

import socket
import time
from typing import Callable

from tradewind.training_jobs.errors import BootstrapError

PATIENCE = 600.0  # seconds for rank 0 to come up; pools of machines start minutes apart
FAREWELL = 60.0  # seconds that rank 0 stays for nodes that are late
_RETRY = 0.5


class Gate:
    """Held open by rank 0 on the port after MASTER_PORT, which belongs to the program. `others`: nodes that will knock."""

    def __init__(self, port: int, others: int) -> None:
        self._others = others
        self._server = socket.create_server(("", port), backlog=max(128, others))

    def close(self, exit_code: int, patience: float = FAREWELL) -> None:
        """Tell every node; those that came up late are waited for, but not for ever."""
        deadline = time.monotonic() + patience
        for _ in range(self._others):
            self._server.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                connection, _ = self._server.accept()
                with connection:
                    connection.sendall(bytes([exit_code & 0xFF]))
            except OSError:  # nobody came in time, or who came is gone
                continue
        self._server.close()


def wait_for(address: str, port: int, sleep: Callable[[float], None] = time.sleep, patience: float = PATIENCE) -> int:
    """Rank 0's exit code. Raises BootstrapError where it never answers, or goes without a word."""
    deadline = time.monotonic() + patience
    while True:
        try:
            connection = socket.create_connection((address, port), timeout=10)
            break
        except OSError as error:
            if time.monotonic() > deadline:
                raise BootstrapError(
                    f"rank 0 at {address}:{port} did not answer in {patience:.0f} s: {error}"
                ) from error
            sleep(_RETRY)
    with connection:
        connection.settimeout(None)
        try:
            answer = connection.recv(1)
        except OSError:
            answer = b""
    if not answer:
        raise BootstrapError("rank 0 went away without saying how it ended")
    return answer[0]
