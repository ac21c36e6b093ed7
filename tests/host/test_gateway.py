"""Versions, shares, sizes and secrets, with a gateway and its replicas as real processes."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tradewind.host.errors import HostError
from tradewind.host.log_reader import read_page
from tradewind.host.wish import Sight, dump, load_wish

from .asking import Load, post
from .conftest import EndpointMaker, family, until


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


def test_a_port_may_be_wished_for(make_endpoint: EndpointMaker) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    sight = make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), port=port, a=100))
    assert sight.url == f"http://127.0.0.1:{port}/"


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
