"""What goes through the gateway, byte by byte."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import time
from urllib.parse import urlsplit

import pytest

from tradewind.host.endpoints import GATEWAY
from tradewind.host.files import read_json
from tradewind.host.log_reader import read_page

from .asking import post
from .conftest import EndpointMaker, until


def test_headers_of_one_hop_stay_there(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    _, said, headers = post(url, {}, Connection="X-Mine", X_Mine="1", X_Kept="2", TE="trailers")
    assert "x-mine" not in said["headers"]
    assert "te" not in said["headers"]
    assert said["headers"]["x-kept"] == "2"
    assert said["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert "x-hop" not in headers


def test_server_errors_count_and_client_errors_do_not(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    assert [post(url, {"status": status})[0] for status in (200, 422, 500, 503)] == [200, 422, 500, 503]
    figures = make_endpoint.endpoints.figures("churn", 60)
    assert (figures["a"].requests, figures["a"].errors) == (4, 2)


def test_pieces_arrive_as_they_are_made(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    connection.request("POST", "/invocations", json.dumps({"stream": 4, "gap": 0.4}))
    answer = connection.getresponse()
    assert answer.read1(100) == b"data: 0\n\n"
    first = time.monotonic()
    assert answer.read().endswith(b"data: 3\n\n")
    assert time.monotonic() - first > 0.8, "the first came long before the last"
    connection.close()


def test_a_client_that_leaves_is_heard_of(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    connection.request("POST", "/invocations", json.dumps({"stream": 200, "gap": 0.05}))
    connection.getresponse().read1(100)
    connection.sock.shutdown(socket.SHUT_RDWR)
    connection.close()
    logs = make_endpoint.endpoints.logs("churn", "a")
    until(lambda: "the client left" in [line.text for line in read_page(logs, None)[0]], "the replica stops")
    assert make_endpoint.endpoints.figures("churn", 60)["a"].errors == 0


def test_an_answer_that_breaks_off_is_an_error_and_looks_like_one(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    pid = post(url)[1]["pid"]
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    connection.request("POST", "/invocations", json.dumps({"stream": 200, "gap": 0.05}))
    answer = connection.getresponse()
    answer.read1(100)
    os.kill(pid, signal.SIGKILL)
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        answer.read()
    connection.close()
    figures = until(lambda: (f := make_endpoint.endpoints.figures("churn", 60)["a"]).requests == 2 and f)
    assert figures.errors == 1


def test_a_slow_sender_is_not_lost_when_its_version_goes(make_endpoint: EndpointMaker) -> None:
    a, b = make_endpoint.fleet("a"), make_endpoint.fleet("b")
    url = make_endpoint.settle(make_endpoint.wish(a, b, a=100, b=0)).url or ""
    with socket.create_connection(("127.0.0.1", urlsplit(url).port or 0), timeout=30) as slow:
        slow.sendall(b"POST /invocations HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{")
        make_endpoint.settle(make_endpoint.wish(b, b=100))
        slow.sendall(b"}")
        said = b"".join(iter(lambda: slow.recv(65536), b""))
    assert said.startswith(b"HTTP/1.1 200")
    assert b'"who": "b"' in said


def test_bodies_large_and_too_large(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(max_body=3_000_000), a=100)).url or ""
    assert post(url, b"x" * 2_500_000)[1]["size"] == 2_500_000
    assert post(url, b"x" * 10)[1]["size"] == 10
    status, said, _ = post(url, b"x" * 3_000_001)
    assert status == 413
    assert "serve.request.max_body" in said["error"]
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    connection.request(
        "POST",
        "/invocations",
        iter([b"x" * 1_000_000] * 2),
        encode_chunked=True,
        headers={"Transfer-Encoding": "chunked"},
    )
    assert json.loads(connection.getresponse().read())["size"] == 2_000_000
    connection.close()


def test_the_control_port_wants_the_token(make_endpoint: EndpointMaker) -> None:
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    path = make_endpoint.root / "endpoints" / "churn" / GATEWAY
    assert path.stat().st_mode & 0o777 == 0o600
    connection = http.client.HTTPConnection("127.0.0.1", (read_json(path) or {})["control"], timeout=10)
    connection.request("POST", "/wish", "{}", {"X-Tradewind-Token": "guess"})
    assert connection.getresponse().status == 401
    connection.close()


def test_health_is_asked_over_connections_of_their_own(make_endpoint: EndpointMaker) -> None:
    """A server closes one after a request that says so; a user's request that is sent on it meanwhile would have no answer."""
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""

    def connections() -> list[list[str]]:
        return list(post(url, {})[1]["connections"])

    def asked(seen: list[list[str]]) -> int:
        return sum(one.count("GET") for one in seen)

    before = asked(connections())
    seen = until(lambda: (now := connections()) and asked(now) >= before + 2 and now, "health is asked twice more")
    assert [one for one in seen if len(set(one)) > 1] == []
