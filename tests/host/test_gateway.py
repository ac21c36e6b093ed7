"""A gateway and its replicas as real processes."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tradewind.host import identity
from tradewind.host.endpoints import GATEWAY
from tradewind.host.errors import HostError
from tradewind.host.files import read_json, write_json
from tradewind.host.limits import Limits
from tradewind.host.log_reader import read_page
from tradewind.host.wish import Sight, dump, load_wish

from .conftest import EndpointMaker, family, until


def post(url: str, body: object = None, **headers: str) -> tuple[int, dict, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(url).port or 0, timeout=30)
    try:
        data = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        connection.request("POST", "/invocations", data, {k.replace("_", "-"): v for k, v in headers.items()})
        answer = connection.getresponse()
        said = answer.read()
        return answer.status, json.loads(said or b"{}"), {k.lower(): v for k, v in answer.getheaders()}
    finally:
        connection.close()


class Load:
    """Requests from some threads until it is told to stop; keep-alive like real clients."""

    def __init__(self, url: str, threads: int = 4, body: object = None) -> None:
        self.url = url
        self.failures: list[object] = []
        self.who: Counter[str] = Counter()
        self._body = json.dumps(body or {})
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._run) for _ in range(threads)]

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", urlsplit(self.url).port or 0, timeout=30)
        while not self._done.is_set():
            try:
                connection.request("POST", "/invocations", self._body)
                answer = connection.getresponse()
                said = answer.read()
                if answer.status != 200:
                    self.failures.append((answer.status, said))
                else:
                    self.who[json.loads(said)["who"]] += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(error)
                connection.close()


def gateway(make: EndpointMaker, name: str = "churn") -> identity.Identity:
    who = identity.of_record(read_json(make.root / "endpoints" / name / GATEWAY))
    assert who is not None
    return who


def test_a_version_comes_and_goes(make_endpoint: EndpointMaker) -> None:
    sight = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    assert sight.url is not None
    status, said, headers = post(sight.url, {"x": 1})
    assert (status, said["who"]) == (200, "a")
    assert headers["x-tradewind-slot"] == "a"
    assert headers["x-tradewind-version"] == "sha256:a"
    assert make_endpoint.endpoints.observe("churn") == sight
    make_endpoint.down()
    assert make_endpoint.endpoints.observe("churn") is None
    assert not (make_endpoint.root / "endpoints" / "churn").exists()
    assert until(lambda: not family(make_endpoint.root)) is True
    make_endpoint.down()


def test_headers_of_one_hop_stay_there(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    _, said, headers = post(url, {}, Connection="X-Mine", X_Mine="1", X_Kept="2", TE="trailers")
    assert "x-mine" not in said["headers"]
    assert "te" not in said["headers"]
    assert said["headers"]["x-kept"] == "2"
    assert said["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert "x-hop" not in headers


def test_shares_are_exact(make_endpoint: EndpointMaker) -> None:
    a, b = make_endpoint.fleet("a"), make_endpoint.fleet("b")
    url = make_endpoint.settle(make_endpoint.wish(a, b, a=90, b=10)).url or ""
    who = Counter(post(url)[1]["who"] for _ in range(50))
    assert who == {"a": 45, "b": 5}
    assert Counter(post(url, X_Tradewind_Slot="b")[1]["who"] for _ in range(5)) == {"b": 5}
    assert post(url, X_Tradewind_Slot="z")[0] == 404
    figures = make_endpoint.endpoints.figures("churn", 60)
    assert (figures["a"].requests, figures["b"].requests) == (45, 10)
    assert figures["a"].errors == 0
    assert 0 < (figures["a"].p95 or 0) < 5


def test_server_errors_count_and_client_errors_do_not(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    assert [post(url, {"status": status})[0] for status in (200, 422, 500, 503)] == [200, 422, 500, 503]
    figures = make_endpoint.endpoints.figures("churn", 60)
    assert (figures["a"].requests, figures["a"].errors) == (4, 2)


@pytest.mark.timeout(180)
def test_no_request_fails_while_versions_change(make_endpoint: EndpointMaker) -> None:
    """A whole rollout under load: canary, promotion, retirement, growing and shrinking."""
    a, b = make_endpoint.fleet("a", min=2, max=2), make_endpoint.fleet("b", behaviour="slow_start=0.5")
    url = make_endpoint.settle(make_endpoint.wish(a, a=100)).url or ""
    with Load(url, body={"sleep": 0.005}) as load:
        for wish in (
            make_endpoint.wish(a, b, a=100, b=0),
            make_endpoint.wish(a, b, a=90, b=10),
            make_endpoint.wish(a, replace(b, min=2, max=2), a=50, b=50),
            make_endpoint.wish(replace(a, min=1, max=1), b, a=10, b=90),
            make_endpoint.wish(b, b=100),
            make_endpoint.wish(b, make_endpoint.fleet("a", "sha256:c"), a=100, b=0),
            make_endpoint.wish(make_endpoint.fleet("a", "sha256:c"), a=100),
        ):
            make_endpoint.settle(wish)
            time.sleep(0.2)
    assert load.failures == []
    assert load.who["a"] > 20
    assert load.who["b"] > 20
    assert load.who["sha256:c"] > 5


def test_make_before_break(make_endpoint: EndpointMaker) -> None:
    """One wish that replaces everything at once: the old version serves until the new one can."""
    a, b = make_endpoint.fleet("a"), make_endpoint.fleet("b", behaviour="slow_start=0.7")
    url = make_endpoint.settle(make_endpoint.wish(a, a=100)).url or ""
    moving = make_endpoint.advance(make_endpoint.wish(b, b=100))
    assert moving.phase == "moving"
    assert post(url)[1]["who"] == "a"
    with Load(url) as load:
        make_endpoint.settle(make_endpoint.wish(b, b=100))
    assert load.failures == []
    assert post(url)[1]["who"] == "b"


def test_the_same_seat_is_replaced_without_a_gap(make_endpoint: EndpointMaker) -> None:
    one, two = make_endpoint.fleet("a", "sha256:1"), make_endpoint.fleet("a", "sha256:2", "slow_start=0.5")
    url = make_endpoint.settle(make_endpoint.wish(one, a=100)).url or ""
    with Load(url) as load:
        sight = make_endpoint.settle(make_endpoint.wish(two, a=100))
    assert load.failures == []
    assert [fleet.digest for fleet in sight.fleets] == ["sha256:2"]
    assert post(url)[1]["who"] == "sha256:2"


def test_requests_in_flight_end_before_their_replica(make_endpoint: EndpointMaker) -> None:
    a, b = make_endpoint.fleet("a"), make_endpoint.fleet("b")
    url = make_endpoint.settle(make_endpoint.wish(a, b, a=100, b=0)).url or ""
    answers: list[tuple[int, dict, dict]] = []
    slow = threading.Thread(target=lambda: answers.append(post(url, {"sleep": 1.5})))
    slow.start()
    logs = make_endpoint.endpoints.logs("churn", "a")
    until(lambda: "asked" in [line.text for line in read_page(logs, None)[0]], "it is being worked on")
    make_endpoint.settle(make_endpoint.wish(b, b=100))
    slow.join()
    assert [(status, said["who"]) for status, said, _ in answers] == [(200, "a")]


def test_a_broken_version_harms_nobody(make_endpoint: EndpointMaker) -> None:
    a, b = make_endpoint.fleet("a"), make_endpoint.fleet("b", behaviour="crash")
    url = make_endpoint.settle(make_endpoint.wish(a, a=100)).url or ""
    sight = make_endpoint.settle(make_endpoint.wish(a, b, a=90, b=10), "failed")
    seen = {fleet.slot: fleet for fleet in sight.fleets}
    assert seen["b"].failed
    assert "crashed 3 times" in seen["b"].reason
    assert "ValueError: not a model" in seen["b"].reason
    assert seen["a"].ready
    assert sight.traffic == {"a": 100}, "no share before it answers"
    assert {post(url)[1]["who"] for _ in range(20)} == {"a"}
    assert make_endpoint.settle(make_endpoint.wish(a, a=100)).traffic == {"a": 100}


def test_never_ready_fails_after_its_time(make_endpoint: EndpointMaker) -> None:
    slow = make_endpoint.fleet("a", behaviour="never", startup_timeout=0.8)
    sight = make_endpoint.settle(make_endpoint.wish(slow, a=100), "failed")
    assert "not ready within 0.8 s" in sight.reason
    status, said, headers = post(sight.url or "")
    assert status == 503
    assert headers["retry-after"] == "1"
    assert said == {"error": "no version is ready"}


def test_a_crashed_replica_comes_back(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(min=2, max=2), a=100)
    url = make_endpoint.settle(wish).url or ""
    with Load(url) as load:
        os.kill(post(url)[1]["pid"], signal.SIGKILL)
        until(lambda: not _ready(make_endpoint), "the loss is seen")
        make_endpoint.settle(wish)
    assert len(load.failures) <= 4, "at most what it was working on"
    lines = [line.text for line in read_page(make_endpoint.endpoints.logs("churn", "a"), None)[0]]
    assert "ended: killed by SIGKILL" in lines


def _ready(make_endpoint: EndpointMaker) -> bool:
    sight = make_endpoint.endpoints.observe("churn")
    return sight is not None and sight.fleets[0].ready


def test_a_refused_connection_goes_to_another_replica(make_endpoint: EndpointMaker) -> None:
    """Stopped between two health questions: nobody notices."""
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(min=2, max=2), a=100)).url or ""
    pids = {post(url)[1]["pid"] for _ in range(20)}
    victim = next(iter(pids))
    os.kill(victim, signal.SIGTERM)
    psutil.wait_procs([psutil.Process(victim)] if psutil.pid_exists(victim) else [], timeout=5)
    assert [post(url)[0] for _ in range(20)] == [200] * 20


def test_a_sick_replica_gets_no_traffic(make_endpoint: EndpointMaker, tmp_path: Path) -> None:
    sick = tmp_path / "sick"
    wish = make_endpoint.wish(make_endpoint.fleet(behaviour=f"sick_file={sick}"), a=100)
    url = make_endpoint.settle(wish).url or ""
    sick.touch()
    until(lambda: post(url)[0] == 503, "ejected")
    sick.unlink()
    until(lambda: post(url)[0] == 200, "back again")


def test_a_killed_gateway_leaves_nothing_and_comes_back_at_its_url(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(min=2, max=2), a=100)
    before = make_endpoint.settle(wish)
    replica = psutil.Process(post(before.url or "")[1]["pid"])
    os.kill(gateway(make_endpoint).pid, signal.SIGKILL)
    until(lambda: not replica.is_running() or replica.status() == psutil.STATUS_ZOMBIE, "replicas die with it")
    assert until(lambda: not family(make_endpoint.root)) is True
    seen = make_endpoint.endpoints.observe("churn")
    assert seen is not None
    assert (seen.phase, seen.running, seen.url) == ("moving", False, before.url)
    assert [(fleet.word, fleet.ready) for fleet in seen.fleets] == [("stopped", False)]
    with pytest.raises(HostError) as caught:
        make_endpoint.endpoints.url("churn")
    assert caught.value.code == "TW611"
    again = make_endpoint.settle(wish)
    assert again.url == before.url
    assert post(again.url or "")[0] == 200


def test_after_a_reboot_it_is_stopped(make_endpoint: EndpointMaker) -> None:
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    path = make_endpoint.root / "endpoints" / "churn" / GATEWAY
    who = gateway(make_endpoint)
    write_json(path, {**(read_json(path) or {}), "boot": "before"})
    seen = make_endpoint.endpoints.observe("churn")
    assert seen is not None
    assert seen.reason == "stopped: this machine was restarted"
    os.kill(who.pid, signal.SIGKILL)


def test_its_port_taken_by_a_stranger(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(), a=100)
    url = make_endpoint.settle(wish).url or ""
    os.kill(gateway(make_endpoint).pid, signal.SIGKILL)
    until(lambda: not identity.alive(gateway(make_endpoint)))
    with socket.create_server(("127.0.0.1", urlsplit(url).port or 0)):
        with pytest.raises(HostError) as caught:
            make_endpoint.advance(wish)
        assert (caught.value.code, caught.value.kind) == ("TW605", "conflict")
    assert make_endpoint.settle(wish).url == url


def test_a_port_may_be_wished_for(make_endpoint: EndpointMaker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    sight = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), port=port, a=100))
    assert sight.url == f"http://127.0.0.1:{port}/"


def test_a_killed_gateway_can_be_taken_down(make_endpoint: EndpointMaker) -> None:
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    os.kill(gateway(make_endpoint).pid, signal.SIGKILL)
    make_endpoint.down()
    assert not (make_endpoint.root / "endpoints" / "churn").exists()
    assert until(lambda: not family(make_endpoint.root)) is True


@pytest.mark.timeout(180)
def test_32_processes_advance_one_endpoint(make_endpoint: EndpointMaker, tmp_path: Path) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(), a=100)
    (tmp_path / "wish.json").write_text(dump(wish))
    script = (
        "import json, sys; from pathlib import Path; from tradewind.host.endpoints import Endpoints;"
        "from tradewind.host.wish import load_wish;"
        "wish = load_wish(json.loads(Path(sys.argv[2]).read_text()));"
        "print(Endpoints(Path(sys.argv[1])).advance(wish, {}).url)"
    )
    argv = [sys.executable, "-c", script, str(make_endpoint.root / "endpoints"), str(tmp_path / "wish.json")]
    racers = [subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) for _ in range(32)]
    urls = {racer.communicate(timeout=150)[0].strip() for racer in racers}
    assert {racer.returncode for racer in racers} == {0}
    assert urls == {make_endpoint.settle(wish).url}
    gateways = [p for p in family(make_endpoint.root) if "tradewind.host.gateway" in " ".join(p.cmdline())]
    assert len(gateways) == 1


def test_replicas_follow_load_up_and_down(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(min=1, max=3, target=1, cooldown=0.3), a=100)
    url = make_endpoint.settle(wish).url or ""
    with Load(url, threads=6, body={"sleep": 0.05}) as load:
        until(lambda: _now(make_endpoint) == 3, "grown to max")
    until(lambda: _now(make_endpoint) == 1, "shrunk to min")
    time.sleep(0.5)
    assert _now(make_endpoint) == 1
    assert load.failures == []
    assert post(url)[0] == 200


def _now(make_endpoint: EndpointMaker) -> int:
    sight = make_endpoint.endpoints.observe("churn")
    return sight.fleets[0].now if sight else 0


def test_mirrored_requests_are_answered_by_one_and_seen_by_both(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet("a"), make_endpoint.fleet("b"), a=100)
    url = make_endpoint.settle(replace(wish, mirror={"b": 50})).url or ""
    assert {post(url)[1]["who"] for _ in range(20)} == {"a"}
    until(lambda: make_endpoint.endpoints.figures("churn", 60)["b"].requests == 10, "half of them copied")
    assert make_endpoint.endpoints.figures("churn", 60)["a"].requests == 20


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


def test_secrets_stay_in_memory(make_endpoint: EndpointMaker) -> None:
    """Given once, remembered by the gateway, asked for again only where it is gone; and in no file or argument."""
    wish = make_endpoint.wish(make_endpoint.fleet(secrets=("TOKEN",)), a=100)
    with pytest.raises(HostError) as caught:
        make_endpoint.advance(wish)
    assert caught.value.code == "TW603"
    assert "TOKEN" in caught.value.said
    make_endpoint.secrets = {"a": {"TOKEN": "tw-canary-77aa"}}
    url = make_endpoint.settle(wish).url or ""
    assert post(url)[1]["secret"] == "tw-canary-77aa"
    make_endpoint.secrets = {}
    assert make_endpoint.settle(wish).phase == "settled", "a shell without it may look and move traffic"
    with pytest.raises(HostError):
        make_endpoint.advance(make_endpoint.wish(wish.fleets[0], make_endpoint.fleet("b", secrets=("TOKEN",)), a=100))
    for path in make_endpoint.root.rglob("*"):
        assert not path.is_file() or b"tw-canary-77aa" not in path.read_bytes(), path
    for process in family(make_endpoint.root):
        assert "tw-canary-77aa" not in " ".join(process.cmdline())


def test_the_control_port_wants_the_token(make_endpoint: EndpointMaker) -> None:
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    path = make_endpoint.root / "endpoints" / "churn" / GATEWAY
    assert path.stat().st_mode & 0o777 == 0o600
    connection = http.client.HTTPConnection("127.0.0.1", (read_json(path) or {})["control"], timeout=10)
    connection.request("POST", "/wish", "{}", {"X-Tradewind-Token": "guess"})
    assert connection.getresponse().status == 401
    connection.close()


def test_each_version_has_its_own_file(make_endpoint: EndpointMaker, tmp_path: Path) -> None:
    """A model of one file is put into a folder of its own, which the slot's next version does not share."""
    fleets = []
    for name in ("one", "two"):
        (tmp_path / f"{name}.onnx").write_text(name)
        uri = (tmp_path / f"{name}.onnx").as_uri()
        fleets.append(make_endpoint.fleet("a", f"sha256:{name}", inputs={"TOKEN": uri}))
    for fleet in fleets:
        url = make_endpoint.settle(make_endpoint.wish(fleet, a=100)).url or ""
        given = Path(post(url)[1]["secret"])
        assert [path.name for path in given.iterdir()] == [f"{fleet.digest.removeprefix('sha256:')}.onnx"]


def test_a_replica_beyond_its_memory_is_replaced(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(limits=Limits(memory=2**20)), a=100)
    make_endpoint.advance(wish)
    logs = make_endpoint.root / "endpoints" / "churn" / "logs" / "a"
    until(lambda: "hardware.memory allows" in "".join(line.text for line in read_page(logs, None)[0]))


def test_a_wish_during_the_end_is_worth_another_try(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(), a=100)
    make_endpoint.settle(wish)
    make_endpoint.advance(make_endpoint.wish())

    refused: list[str] = []

    def again() -> object:
        try:
            return make_endpoint.advance(wish).phase == "settled"
        except HostError as error:
            refused.append(error.kind)
            return False

    until(again, "up right after down")
    assert set(refused) <= {"transient"}
    sight = make_endpoint.endpoints.observe("churn")
    assert sight is not None
    assert post(sight.url or "")[0] == 200


def test_what_a_replica_started_dies_with_it(make_endpoint: EndpointMaker) -> None:
    url = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100)).url or ""
    post(url, {"spawn": True})
    assert [p for p in family(make_endpoint.root) if p.name() == "sleep"]
    make_endpoint.down()
    assert until(lambda: not family(make_endpoint.root)) is True


def test_a_failed_version_gets_another_chance_later(
    make_endpoint: EndpointMaker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick = tmp_path / "sick"
    sick.touch()
    wish = make_endpoint.wish(make_endpoint.fleet(behaviour=f"sick_file={sick}", startup_timeout=0.5), a=100)
    make_endpoint.settle(wish, "failed")
    assert make_endpoint.advance(wish).phase == "failed", "polling does not restart it"
    sick.unlink()
    until(lambda: make_endpoint.advance(wish).phase == "settled", "the same wish, given again later")


def test_sigterm_ends_everything_and_the_wish_stays(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(), a=100)
    make_endpoint.settle(wish)
    os.kill(gateway(make_endpoint).pid, signal.SIGTERM)
    assert until(lambda: not family(make_endpoint.root)) is True
    seen = make_endpoint.endpoints.observe("churn")
    assert seen is not None
    assert not seen.running
    assert dict(make_endpoint.endpoints.tagged()) == {"churn": {}}


def test_a_deleted_state_folder_ends_it(make_endpoint: EndpointMaker) -> None:
    """`rm -rf` instead of `down`: nobody could reach the gateway any more, so it goes."""
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    shutil.rmtree(make_endpoint.root, ignore_errors=True)
    assert until(lambda: not family(make_endpoint.root)) is True


def test_two_state_folders_never_meet(make_endpoint: EndpointMaker, root: Path) -> None:
    other = EndpointMaker(root / "other")
    first = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet("a", "sha256:one"), a=100))
    second = other.settle(other.wish(other.fleet("a", "sha256:two"), a=100))
    assert first.url != second.url
    assert post(first.url or "")[1]["who"] == "sha256:one"
    other.down()
    assert post(first.url or "")[0] == 200


def test_a_wish_survives_its_file(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(secrets=("A",), cooldown=3.0), a=100)
    assert load_wish(json.loads(dump(wish))) == wish
    assert isinstance(make_endpoint.endpoints.observe("nothing"), Sight | None)


def test_logs_of_a_slot(make_endpoint: EndpointMaker) -> None:
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    lines, _, _ = read_page(make_endpoint.endpoints.logs("churn", "a"), None)
    assert ("a-1", "loading a") in [(line.source, line.text) for line in lines]
    for name, slot in (("churn", "z"), ("nobody", "a")):
        with pytest.raises(HostError) as caught:
            make_endpoint.endpoints.logs(name, slot)
        assert caught.value.kind == "missing"
