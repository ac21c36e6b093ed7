"""A load client that costs little: raw sockets in one process, one request in flight on each, the next once it is answered.

`python -m benchmarks.serving_load PORT CONNECTIONS SECONDS` with the raw request on stdin; prints one JSON line.
"""

from __future__ import annotations

import json
import selectors
import socket
import sys
import time


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
    raise ValueError("the server does not say how long its answer is")


def _whole(data: bytes) -> bool:
    end = data.find(b"\r\n\r\n")
    return end >= 0 and len(data) >= end + 4 + _length(data[:end])


class Client:
    """One connection; it is made anew where a server closes it after each answer."""

    def __init__(self, port: int, request: bytes, selector: selectors.BaseSelector) -> None:
        self._port, self._request, self._selector = port, request, selector
        self._sock: socket.socket | None = None
        self._data = b""
        self._asked = 0.0

    def ask(self) -> None:
        self._asked = time.perf_counter()
        if self._sock is None:
            self._sock = socket.create_connection(("127.0.0.1", self._port), timeout=10)
            self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sock.setblocking(False)
            self._selector.register(self._sock, selectors.EVENT_READ, self)
        self._sock.send(self._request)

    def read(self) -> tuple[float, bool] | None:
        """Seconds and whether it was answered with 200, once an answer is whole."""
        assert self._sock is not None
        part = self._sock.recv(65536)
        self._data += part
        if not _whole(self._data):
            if not part:
                raise ConnectionError("the server closed a connection instead of answering")
            return None
        seconds = time.perf_counter() - self._asked
        fine, closes = self._data.startswith(b"HTTP/1.1 200"), b"connection: close" in self._data.lower()
        self._data = b""
        if closes:
            self.close()
        return seconds, fine

    def close(self) -> None:
        if self._sock is not None:
            self._selector.unregister(self._sock)
            self._sock.close()
            self._sock = None


def drive(port: int, connections: int, seconds: float, request: bytes) -> dict[str, float]:
    """Requests a second and latencies in milliseconds; anything but 200 is an error."""
    selector = selectors.DefaultSelector()
    clients = [Client(port, request, selector) for _ in range(connections)]
    took: list[float] = []
    errors = 0
    began = time.perf_counter()
    for client in clients:
        client.ask()
    while time.perf_counter() - began < seconds:
        for key, _ in selector.select(1):
            answer = key.data.read()
            if answer is not None:
                took.append(answer[0])
                errors += not answer[1]
                key.data.ask()
    elapsed = time.perf_counter() - began
    for client in clients:
        client.close()
    took.sort()
    return {
        "rate": len(took) / elapsed,
        "p50": took[len(took) // 2] * 1000 if took else float("inf"),
        "p99": took[int(len(took) * 0.99)] * 1000 if took else float("inf"),
        "errors": errors,
    }


if __name__ == "__main__":
    print(json.dumps(drive(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), sys.stdin.buffer.read())))
