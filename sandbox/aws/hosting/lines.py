"""What containers say, on its way to the emulated CloudWatch Logs: /aws/sagemaker/Endpoints/<endpoint>, <variant>/<instance>."""

from __future__ import annotations

import asyncio
import logging
import threading

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.logs import Stream

log = logging.getLogger("tradewind.sandbox.aws")

GROUP = "/aws/sagemaker/Endpoints"
PAUSE = 0.5  # seconds between two sendings


class Lines:
    """Thread-safe. A stream is there once its container has said something, as with the service."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._open: list[Stream] = []

    def open(self, region: str, endpoint: str, stream: str) -> Stream:
        made = Stream(self._account.client("logs", region), stream, group=f"{GROUP}/{endpoint}")
        with self._lock:
            self._open.append(made)
        return made

    def close(self, stream: Stream) -> None:
        """Its last lines are sent."""
        with self._lock:
            self._open.remove(stream)
        _flushed(stream)

    def flush(self) -> None:
        with self._lock:
            streams = list(self._open)
        for stream in streams:
            _flushed(stream)

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(PAUSE)
            await asyncio.to_thread(self.flush)


def _flushed(stream: Stream) -> None:
    try:
        stream.flush()
    except Exception:
        log.exception("lines of an endpoint are lost")
