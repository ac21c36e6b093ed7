"""Answers that come piece by piece."""

from __future__ import annotations

import json
import re
import socket
import time
from http.client import HTTPConnection, IncompleteRead
from pathlib import Path
from typing import Any

import pytest
from fakes.serving import Running, Start, read_all

COUNT = """
def predict(model, inputs):
    for number in range(inputs if isinstance(inputs, int) else len(inputs)):
        yield {"n": number}
"""
ASYNC = COUNT.replace("def predict", "async def predict")
SSE = "text/event-stream"


@pytest.fixture(params=[COUNT, ASYNC], ids=["threads", "tasks"])
def count(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_forms(start: Start, count: str, flavour: dict[str, str]) -> None:
    server = start(count, **flavour)
    plain = server.post(2)
    assert plain.body == b'{"n":0}\n{"n":1}\n'
    assert plain.headers["content-type"] == "application/x-ndjson"
    assert plain.headers["transfer-encoding"] == "chunked"
    events = server.post(2, accept=SSE)
    assert events.body == b'data: {"n":0}\n\ndata: {"n":1}\n\n'
    assert events.headers["content-type"].startswith(SSE)
    assert server.post(2, accept="application/json").json() == [{"n": 0}, {"n": 1}]
    assert server.post({"instances": [7, 7]}).json() == {"predictions": [{"n": 0}, {"n": 1}]}
    assert server.post({"instances": [7]}, accept=SSE).body == b'data: {"n":0}\n\n'
    assert server.post(0).body == b""
    old = server.raw(b"POST /invocations HTTP/1.0\r\ncontent-length: 1\r\n\r\n2")
    assert old.endswith(b'\r\n\r\n{"n":0}\n{"n":1}\n')
    assert b"chunked" not in old


def test_text_bytes_and_iterators(start: Start) -> None:
    server = start(
        """
        async def made():
            yield "later"
        def predict(model, inputs, context):
            if inputs == "iterator":
                return iter([1, 2])
            if inputs == "async":
                return made()
            if inputs == "coroutine":
                async def answer():
                    return "from a coroutine"
                return answer()
            if inputs == "image":
                context.media_type = "image/gif"
            return (piece for piece in ([b"GIF", b"89"] if inputs in ("bytes", "image") else ["one\\ntwo", "[DONE]"]))
        """
    )
    assert server.post("iterator").body == b"1\n2\n"
    assert server.post("async").body == b'"later"\n'
    assert server.post("coroutine").json() == "from a coroutine"
    raw = server.post("bytes")
    assert (raw.body, raw.headers["content-type"]) == (b"GIF89", "application/octet-stream")
    image = server.post("image")
    assert (image.body, image.headers["content-type"]) == (b"GIF89", "image/gif")
    assert server.post("text", accept=SSE).body == b"data: one\ndata: two\n\ndata: [DONE]\n\n"
    assert server.post("text", accept="text/plain").body == b"one\ntwo[DONE]"


def test_pieces_arrive_before_the_end(start: Start, count: str, tmp_path: Path) -> None:
    gate = tmp_path / "go"
    wait = (
        "import os, time\n" + count + f"        while number and not os.path.exists({str(gate)!r}): time.sleep(0.01)\n"
    )
    if "async" in count:
        wait = wait.replace("import os", "import asyncio, os").replace("time.sleep", "await asyncio.sleep")
    server = start(wait)
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/invocations", b"3", {"accept": SSE})
    answer = connection.getresponse()
    assert answer.fp.readline().strip() == b"f"  # the size of the first chunk, while the rest is not made yet
    gate.touch()
    connection.close()


def test_failures(start: Start, count: str, flavour: dict[str, str]) -> None:
    broken = count.replace("yield", "if number == 2: raise ValueError('out of /opt/ml/words.txt')\n        yield")
    server = start(broken, **flavour)
    text = cut(server, b"3", SSE)
    assert text.startswith(b'data: {"n":0}\n\ndata: {"n":1}\n\nevent: error\ndata: ')
    assert b"out of words.txt" in text
    lines = cut(server, b"3", "")
    assert json.loads(lines.splitlines()[-1]) == {"error": {"type": "handler_error", "message": "out of words.txt"}}
    assert server.post(3, accept="application/json").status == 500
    assert server.post(2).status == 200
    assert 'code="500"} 3' in server.ask("GET", "/metrics").body.decode()
    early = start(count.replace("yield", "raise ValueError('at once')\n        yield"))
    assert early.post(1).status == 500
    assert early.post(1, accept=SSE).message == "at once"


def cut(server: Running, body: bytes, accept: str) -> bytes:
    """What came of an answer that ends without its last chunk."""
    connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
    connection.request("POST", "/invocations", body, {"accept": accept} if accept else {})
    with pytest.raises(IncompleteRead) as caught:
        connection.getresponse().read()
    connection.close()
    return caught.value.partial


def in_flight(server: Running) -> Any:
    return re.search(r"^tradewind_requests_in_flight (\d+)$", server.ask("GET", "/metrics").body.decode(), re.M)[1]


def test_a_client_that_leaves_closes_the_generator(start: Start, count: str, tmp_path: Path) -> None:
    note = tmp_path / "closed"
    text = count.replace("    for", "    import asyncio, time\n    try:\n     for").replace(
        "        yield",
        "        await asyncio.sleep(0.01)\n        yield"
        if "async" in count
        else "        time.sleep(0.01)\n        yield",
    )
    text += f"    finally:\n        open({str(note)!r}, 'w').close()\n"
    server = start(text)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(b"POST /invocations HTTP/1.1\r\ncontent-length: 7\r\n\r\n1000000")
        assert sock.recv(100).startswith(b"HTTP/1.1 200")
    server.until(note.exists)
    server.until(lambda: in_flight(server) == "0")


def test_a_slow_reader_holds_the_generator_back(start: Start, count: str, tmp_path: Path) -> None:
    made = tmp_path / "made"
    text = count.replace(
        "yield {", f"open({str(made)!r}, 'w').write(str(number))\n        yield {{'pad': 'x' * 100_000, "
    )
    server = start(text)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        sock.settimeout(20)
        sock.connect(("127.0.0.1", server.port))
        sock.sendall(b"POST /invocations HTTP/1.1\r\nconnection: close\r\ncontent-length: 4\r\n\r\n3000")
        server.until(made.exists)
        before = -1
        while before != (now := int(made.read_text() or 0)):  # until it stands still
            before = now
            assert server.ask("GET", "/ping").status == 200
            time.sleep(0.3)
        assert before < 1000  # 300 MB were asked for: most of it has not been made
        assert read_all(sock).endswith(b"0\r\n\r\n")


def test_a_stream_is_late_only_when_nothing_comes(start: Start, count: str) -> None:
    sleep = "await asyncio.sleep" if "async" in count else "time.sleep"
    text = "import asyncio, time\n" + count.replace("yield", f"{sleep}(0.1 if number < 8 else 5)\n        yield")
    server = start(text, TW_REQUEST_TIMEOUT="0.5")
    assert server.post(8).body.count(b"\n") == 8  # 0.8 s in all
    assert cut(server, b"9", "").count(b"\n") == 8


@pytest.mark.parametrize("form", ["async def", "def"])
def test_exit_in_a_handler_is_an_answer(start: Start, form: str) -> None:
    server = start(
        f"""
        import sys
        {form} predict(model, inputs):
            if inputs == "exit":
                sys.exit(3)
            if inputs == "stop":
                raise KeyboardInterrupt()
            return inputs
        """
    )
    assert server.post("exit").json()["error"]["type"] == "SystemExit"
    assert server.post("stop").status == 500
    assert server.post("go").json() == "go"


@pytest.mark.parametrize("form", ["async def", "def"])
def test_exit_in_the_middle_of_a_stream(start: Start, form: str) -> None:
    server = start(
        f"""
        import sys
        {form} predict(model, inputs):
            yield 1
            if inputs == "exit":
                sys.exit("enough")
        """
    )
    broken = server.raw(
        b"POST /invocations HTTP/1.1\r\naccept: text/event-stream\r\ncontent-length: 6\r\n\r\n" + b'"exit"'
    )
    assert b"event: error\ndata: " in broken
    assert b"enough" in broken
    assert not broken.endswith(b"0\r\n\r\n")
    assert server.post("go", accept="text/event-stream").body == b"data: 1\n\n"
