"""SIGTERM: nobody who was let in goes away without an answer."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from fakes.serving import JSON, Running, Start, read_all

NAP = "import time\ndef predict(model, inputs):\n    time.sleep(0.02)\n    return inputs"
ASYNC_NAP = "import asyncio\nasync def predict(model, inputs):\n    await asyncio.sleep(0.02)\n    return inputs"
REQUEST = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1"


@pytest.mark.parametrize("handler", [NAP, ASYNC_NAP], ids=["threads", "tasks"])
def test_no_request_is_lost_under_load(start: Start, handler: str, flavour: dict[str, str]) -> None:
    server = start(handler, TW_CONCURRENCY="16", TW_QUEUE="64", **flavour)
    going = threading.Event()
    going.set()

    def client(_: int) -> tuple[int, int]:
        """Ask without pause on a kept connection until told to go; answers, and whether a request got none."""
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        answers = 0
        while going.is_set():
            connection.request("POST", "/invocations", b"1", {"content-type": JSON})
            try:
                answer = connection.getresponse()
                assert answer.read() == b"1"
            except (OSError, HTTPException):
                return answers, 1
            assert answer.status == 200
            answers += 1
            if answer.getheader("connection") == "close":
                return answers, 0
        return answers, 0

    with ThreadPoolExecutor(24) as pool:
        clients = [pool.submit(client, number) for number in range(24)]
        server.until(lambda: b'code="200"} ' in server.ask("GET", "/metrics").body)
        time.sleep(0.3)
        assert server.stop() == 0
        results = [one.result(10) for one in clients]
        going.clear()
    assert sum(lost for _, lost in results) == 0
    assert sum(answers for answers, _ in results) > 24


def test_connections_let_in_by_the_kernel_are_answered(start: Start) -> None:
    """Connected but not accepted yet when the signal comes: the server is stopped (SIGSTOP) to make sure of it."""
    server = start(NAP, TW_CONCURRENCY="32")
    os.kill(server.process.pid, signal.SIGSTOP)
    socks = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(20)]
    for sock in socks:
        sock.sendall(REQUEST)
    os.kill(server.process.pid, signal.SIGTERM)
    os.kill(server.process.pid, signal.SIGCONT)
    for sock in socks:
        answer = read_all(sock)
        assert answer.startswith(b"HTTP/1.1 200"), answer
        assert b"connection: close" in answer
        sock.close()
    assert server.process.wait(10) == 0


def test_while_draining(start: Start, tmp_path: Path) -> None:
    gate = tmp_path / "go"
    server = start(
        f"import os, time\ndef predict(m, i):\n    while not os.path.exists({str(gate)!r}): time.sleep(0.01)\n    return i"
    )
    kept = HTTPConnection("127.0.0.1", server.port, timeout=10)
    kept.request("GET", "/ping")
    kept.getresponse().read()
    half = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    half.sendall(REQUEST[:-1])
    with ThreadPoolExecutor(1) as pool:
        busy = pool.submit(server.post, 1)
        server.until(lambda: b"tradewind_requests_in_flight 1\n" in server.ask("GET", "/metrics").body)
        server.process.send_signal(signal.SIGTERM)
        server.until(lambda: refused(server))
        kept.request("GET", "/ping")
        health = kept.getresponse()
        assert (health.status, health.getheader("connection")) == (503, "close")
        half.sendall(b"7")
        gate.touch()
        assert busy.result().status == 200
        assert read_all(half).endswith(b"\r\n\r\n7")
    assert server.process.wait(10) == 0


def refused(server: Running) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), timeout=5).close()
    except ConnectionRefusedError:
        return True
    return False


def test_idle_connections_do_not_hold_it(start: Start) -> None:
    server = start(NAP)
    idle = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(5)]
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 5
    for sock in idle:
        sock.close()


def test_grace_ends_it_and_says_who_was_cut(start: Start) -> None:
    server = start("import time\ndef predict(m, i): time.sleep(60)", TW_GRACE="1")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(REQUEST)
        server.until(lambda: b"tradewind_requests_in_flight 1\n" in server.ask("GET", "/metrics").body)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 2
    assert {"requests": 1}.items() <= next(line for line in server.log() if "were cut" in line["message"]).items()


def test_second_signal_ends_at_once(start: Start) -> None:
    server = start("import time\ndef predict(m, i): time.sleep(60)")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(REQUEST)
        server.until(lambda: b"tradewind_requests_in_flight 1\n" in server.ask("GET", "/metrics").body)
        server.process.send_signal(signal.SIGTERM)
        server.until(lambda: "finishing what is in flight" in server.log_file.read_text())
        assert server.stop() == 1


def test_a_stream_is_finished(start: Start) -> None:
    server = start("import time\ndef predict(m, i):\n    for n in range(5):\n        time.sleep(0.1)\n        yield n")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(REQUEST)
        assert sock.recv(20).startswith(b"HTTP/1.1 200")
        server.process.send_signal(signal.SIGTERM)
        assert read_all(sock).endswith(b"0\r\n\r\n")
    assert server.process.wait(10) == 0
