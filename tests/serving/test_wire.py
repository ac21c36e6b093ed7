"""HTTP itself: what is refused, what is bounded, and that both parsers agree."""

from __future__ import annotations

import contextlib
import gzip
import json
import random
import resource
import socket
import time
from typing import Any

import psutil
import pytest
from fakes.serving import Running, Start, read_all

from tradewind.serving.parser import MALFORMED, ParseError, RequestParser, new_parser

ECHO = "def predict(model, inputs): return inputs"
Flavour = dict[str, str]


def message(body: bytes = b"[1]", *headers: str, path: str = "/invocations", version: str = "1.1") -> bytes:
    lines = [f"POST {path} HTTP/{version}", "host: x", "content-type: application/json", *headers]
    if not any(header.lower().startswith("transfer-encoding") for header in headers):
        lines.append(f"content-length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"


LAST = "connection: close"


def test_keep_alive_pipelining_and_pieces(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    data = (
        message(b"[1]")
        + message(b"[2]")
        + message(chunked(b"[", b"3]"), "transfer-encoding: chunked")
        + message(b"[4]", LAST)
    )
    assert [line for line in server.raw(data).split(b"\r\n") if line.startswith(b"[")] == [
        b"[1]HTTP/1.1 200 OK",
        b"[2]HTTP/1.1 200 OK",
        b"[3]HTTP/1.1 200 OK",
        b"[4]",
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        for at in range(len(data)):
            sock.sendall(data[at : at + 1])
        assert read_all(sock).count(b"200 OK") == 4


def test_http_1_0(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    assert server.raw(message(version="1.0")).endswith(b"connection: close\r\n\r\n[1]")
    kept = server.raw(message(b"[1]", "connection: keep-alive", version="1.0") + message(b"[2]", version="1.0"))
    assert kept.count(b"200 OK") == 2
    assert b"connection: keep-alive" in kept


OTHER_VERSIONS = [b"GET /ping\r\n\r\n", b"GET /ping HTTP/2.0\r\n\r\n"]
MALFORMED_REQUESTS = [
    b"hello\r\n\r\n",
    b"GET /ping HTTP/1.1\r\nhost : x\r\n\r\n",
    b"GET /ping HTTP/1.1\r\nho st: x\r\n\r\n",
    b"GET /ping HTTP/1.1\r\na: b\x00c\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\ncontent-length: -1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\ncontent-length: +1\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\ncontent-length: 1x\r\n\r\n1",
    b"POST /invocations HTTP/1.1\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
    b"POST /invocations HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n1\r\n12\r\n0\r\n\r\n",
    b"POST /invocations HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n-1\r\n",
]


@pytest.fixture(scope="module")
def silent() -> Any:
    class Listener:
        def __getattr__(self, name: str) -> Any:
            return lambda *_: None

    return Listener()


@pytest.mark.parametrize("data", MALFORMED_REQUESTS)
def test_malformed_requests_are_refused_by_both(silent: Any, data: bytes) -> None:
    with pytest.raises(ParseError):
        RequestParser(silent).feed_data(data)
    with pytest.raises(MALFORMED):
        new_parser(silent).feed_data(data)


def test_malformed_requests_are_answered(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    for data in (*MALFORMED_REQUESTS, *OTHER_VERSIONS):
        answer = server.raw(data)
        assert answer.startswith(b"HTTP/1.1 400 "), data
        assert b"Traceback" not in answer
    assert server.post([1]).status == 200


class Recorder:
    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.body = b""

    def on_url(self, url: bytes) -> None:
        self.seen.append(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        self.seen.append((name, value.rstrip(b" \t")))  # httptools leaves the space at the end

    def on_headers_complete(self) -> None:
        self.seen.append("headers")

    def on_body(self, part: bytes) -> None:
        self.body += part

    def on_message_complete(self) -> None:
        self.seen.append(self.body)
        self.body = b""


def test_both_parsers_see_the_same_in_any_pieces() -> None:
    data = (
        message(b"[1]", "x-a:  spaced \t", "x-empty:")
        + message(chunked(b"abc", b"d" * 300), "transfer-encoding: chunked")
        + b"GET /ping?x=1 HTTP/1.1\r\nhost: x\r\n\r\n"
        + message(b"")
    )
    rng = random.Random(7)
    wanted = Recorder()
    new_parser(wanted).feed_data(data)
    for _ in range(200):
        found = Recorder()
        parser, at = RequestParser(found), 0
        while at < len(data):
            step = rng.choice([1, 2, 3, 7, 50, 1000])
            parser.feed_data(data[at : at + step])
            at += step
        assert found.seen == wanted.seen


LENIENT = [  # what httptools lets through, and a proxy before us may cut elsewhere
    "transfer-encoding: gzip, chunked",
    "transfer-encoding: identity\r\ntransfer-encoding: chunked",
]


def test_codings_are_exactly_chunked(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    for header in LENIENT:
        answer = server.raw(message(b"0\r\n\r\n", header) + message(b"[2]", LAST))
        assert (answer[:12], answer.count(b"HTTP/1.1 ")) == (b"HTTP/1.1 400", 1), header
    old = message(b"0\r\n\r\n", "transfer-encoding: chunked", version="1.0")
    assert server.raw(old)[:12] == b"HTTP/1.1 400"
    assert server.raw(message(b"", "transfer-encoding: chunked") + b"1 \r\n1\r\n0\r\n\r\n")[:12] == b"HTTP/1.1 400"
    huge = message(b"", "transfer-encoding: chunked") + b"f" * 15 + b"\r\n" + b"x" * 100
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(huge)  # waits for the rest, up to the limit
        assert server.post([1]).status == 200


def test_close_among_other_words(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    answer = server.raw(message(b"[1]", "connection: x-mine, close") + message(b"[2]"))
    assert (answer.count(b"200 OK"), answer.count(b"connection: close")) == (1, 1)


def test_connect_and_a_row_of_upgrades(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    assert server.raw(b"CONNECT h:80 HTTP/1.1\r\nhost: h\r\n\r\nhello" * 2)[:10] == b"HTTP/1.1 4"
    upgrade = ("connection: upgrade", "upgrade: websocket")
    answer = server.raw(message(b"[1]", *upgrade) * 1500 + message(b"[2]", LAST))
    assert answer.count(b"200 OK") == 1501
    assert "Traceback" not in server.log_file.read_text()


def test_many_pipelined_requests_are_not_taken_for_long_headers(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    one = message(b"[1]", "x: " + "a" * 500)
    data = one * 400 + message(b"[2]", LAST)
    answer = server.raw(data)
    assert answer.count(b"200 OK") == 401


def test_who_does_not_read_gets_no_more_answers(start: Start, flavour: Flavour) -> None:
    """Else a client that asks and never listens fills our memory with what it is owed."""
    server = start(ECHO, TW_KEEP_ALIVE="1", **flavour)
    one = message(b'"' + b"x" * 500_000 + b'"')
    before = psutil.Process(server.process.pid).memory_info().rss
    with socket.create_connection(("127.0.0.1", server.port), timeout=1) as sock:
        with contextlib.suppress(TimeoutError, ConnectionError):
            for _ in range(300):
                sock.sendall(one)
        assert psutil.Process(server.process.pid).memory_info().rss - before < 60_000_000
        server.until(lambda: b"tradewind_connections 1\n" in server.ask("GET", "/metrics").body)  # it was let go


def test_an_answer_that_is_not_read_does_not_stay_for_ever(start: Start, flavour: Flavour) -> None:
    server = start("def predict(m, i): return b'x' * i", TW_KEEP_ALIVE="0.3", **flavour)
    for size in (3_000_000, 8_000_000):
        with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
            sock.sendall(message(b"%d" % size, LAST))
            server.until(lambda: b"tradewind_connections 1\n" in server.ask("GET", "/metrics").body)


def test_many_small_chunks_take_no_time(start: Start, flavour: Flavour) -> None:
    """Each was cut out of the whole buffer once: half a second for one read, in which nobody else was answered."""
    server = start("def predict(m, i): return len(i)", **flavour)
    body = b'["' + b"x" * 200_000 + b'"]'
    data = message(b"", "transfer-encoding: chunked", LAST) + b"".join(b"1\r\n%c\r\n" % c for c in body) + b"0\r\n\r\n"
    assert server.raw(data).endswith(b"\r\n\r\n1")


def test_content_encodings_are_refused(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    refused = server.post(gzip.compress(b"[1]"), content_encoding="gzip")
    assert (refused.status, refused.headers["accept-encoding"]) == (415, "identity")
    assert "send the body as it is" in refused.message
    assert server.post([1], content_encoding="identity").status == 200


def test_body_limit(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, TW_MAX_BODY="1000", **flavour)
    exact = b'"' + b"x" * 998 + b'"'
    assert server.post(exact).status == 200
    assert server.post(exact + b" ").status == 413
    assert "1000 are allowed" in server.post(exact + b" ").message
    # told so before the body is sent at all
    refused = server.raw(message(b"", "content-length: 100000000000")[: -len("content-length: 0\r\n\r\n")] + b"\r\n")
    assert refused.startswith(b"HTTP/1.1 413 ")
    assert b"connection: close" in refused
    endless = message(b"", "transfer-encoding: chunked") + b"".join(b"64\r\n" + b"x" * 100 + b"\r\n" for _ in range(11))
    assert server.raw(endless).startswith(b"HTTP/1.1 413 ")
    extensions = message(b"", "transfer-encoding: chunked") + (b"1;" + b"e" * 900 + b"\r\nx\r\n") * 90
    assert server.raw(extensions)[:13] in (b"HTTP/1.1 413 ", b"HTTP/1.1 400 ")


def test_expect_continue(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, TW_MAX_BODY="10", **flavour)
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(
            message(b"", "content-length: 3", "expect: 100-continue", LAST).replace(b"content-length: 0\r\n", b"")
        )
        assert sock.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b"[1]")
        assert read_all(sock).endswith(b"[1]")
    refused = server.raw(
        message(b"", "content-length: 99", "expect: 100-continue").replace(b"content-length: 0\r\n", b"")
    )
    assert refused.startswith(b"HTTP/1.1 413 ")


def test_header_limits(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    assert server.raw(message(b"1", "x: " + "a" * 40_000)).startswith(b"HTTP/1.1 431 ")
    assert server.raw(b"GET / HTTP/1.1\r\nx: " + b"a" * 40_000)[:12] == b"HTTP/1.1 431"
    many = [f"x-{number}: 1" for number in range(200)]
    assert server.raw(message(b"1", *many)).startswith(b"HTTP/1.1 431 ")
    assert server.raw(message(b"1", "x: " + "a" * 8_000, LAST)).startswith(b"HTTP/1.1 200 ")


def test_upgrades_are_ignored(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, **flavour)
    upgrade = ("connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__")
    answer = server.raw(message(b"[1]", *upgrade) + message(b"[2]", LAST))
    assert answer.count(b"200 OK") == 2


def test_slow_senders_are_let_go(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, TW_HEADER_TIMEOUT="0.3", TW_REQUEST_TIMEOUT="0.4", TW_KEEP_ALIVE="0.3", **flavour)
    began = time.monotonic()
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as silent:
        assert silent.recv(10) == b""  # said nothing at all
    for half in (b"GET /ping HTT", message(b"[1]")[:-1]):
        assert server.raw(half).startswith(b"HTTP/1.1 408 ")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as idle:
        idle.sendall(message())
        assert read_all(idle).endswith(b"[1]")  # answered, then closed for doing nothing
    assert time.monotonic() - began < 12


def test_too_many_connections(start: Start, flavour: Flavour) -> None:
    server = start(ECHO, TW_MAX_CONNECTIONS="4", **flavour)
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(4)]
    for sock in held[:3]:
        sock.sendall(b"GET /ping HTTP/1.1\r\n\r\n")
        assert sock.recv(1000).startswith(b"HTTP/1.1 200")
    server.until(lambda: server.raw(b"").startswith(b"HTTP/1.1 503"))
    for sock in held:
        sock.close()
    server.until(lambda: server.ask("GET", "/ping").status == 200)


def test_noise(start: Start, flavour: Flavour) -> None:
    """Whatever comes, it is answered or closed, and the next caller is served."""
    server: Running = start(ECHO, TW_HEADER_TIMEOUT="0.2", TW_REQUEST_TIMEOUT="0.2", TW_KEEP_ALIVE="0.1", **flavour)
    rng = random.Random(3)
    good = message(b'{"a": 1}', LAST)
    for _ in range(60):
        data = bytearray(good)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        answer = server.raw(bytes(data))
        assert answer == b"" or (answer.startswith(b"HTTP/1.1 ") and answer[9:10] in b"24"), bytes(data)
    assert json.loads(server.post({"a": 1}).body) == {"a": 1}


def test_idle_connections_up_to_the_limit_of_open_files(start: Start, flavour: Flavour) -> None:
    """They used up all descriptors, and then nobody could ask for health either."""
    server = start(ECHO, TW_MAX_CONNECTIONS="100000", preexec=lambda: few_files(256), **flavour)
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(300)]
    for sock in held[:250]:  # many of them have been refused already
        sock.close()
    server.until(lambda: server.ask("GET", "/ping").status == 200)
    assert [line for line in server.log() if "256 open files are allowed" in line["message"]]


def few_files(count: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, count))


def test_more_open_files_are_asked_for(start: Start, flavour: Flavour) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 1024:
        pytest.skip("this machine allows no more open files")
    low = {"preexec": lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))}
    server = start(ECHO, TW_MAX_CONNECTIONS="600", **low, **flavour)
    held = [socket.create_connection(("127.0.0.1", server.port), timeout=10) for _ in range(500)]
    server.until(lambda: b"tradewind_connections 501\n" in server.ask("GET", "/metrics").body)
    for sock in held:
        sock.close()
