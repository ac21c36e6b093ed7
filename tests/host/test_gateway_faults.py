"""Crashes, kills, reboots, strangers on the port: what survives, and what is left over."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import pytest

from tradewind.host import ports
from tradewind.host.endpoints import GATEWAY
from tradewind.host.errors import HostError
from tradewind.host.files import read_json, write_json
from tradewind.host.limits import Limits
from tradewind.host.log_reader import read_page

from .asking import Load, gateway, post
from .conftest import EndpointMaker, family, until


def test_a_broken_version_harms_nobody(make_endpoint: EndpointMaker) -> None:
    a, b = make_endpoint.fleet("a"), make_endpoint.fleet("b", behaviour="crash")
    url = make_endpoint.settle(make_endpoint.wish(a, a=100)).url or ""
    sight = make_endpoint.settle(make_endpoint.wish(a, b, a=90, b=10), "failed")
    seen = {fleet.slot: fleet for fleet in sight.fleets}
    assert seen["b"].failed
    assert "crashed 3 times" in seen["b"].reason
    assert "\n" not in seen["b"].reason
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


@pytest.mark.parametrize("spoilt", ["", "{}", '{"pid": 1'])
def test_a_spoilt_record_of_a_living_gateway_is_renewed(make_endpoint: EndpointMaker, spoilt: str) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(), a=100)
    url = make_endpoint.settle(wish).url or ""
    path = make_endpoint.root / "endpoints" / "churn" / GATEWAY
    before = read_json(path)
    path.write_text(spoilt)
    until(lambda: read_json(path) == before, "its own record again")
    assert make_endpoint.settle(wish).url == url
    assert post(url)[0] == 200


def test_its_port_taken_by_a_stranger(make_endpoint: EndpointMaker) -> None:
    wish = make_endpoint.wish(make_endpoint.fleet(), a=100)
    url = make_endpoint.settle(wish).url or ""
    os.kill(gateway(make_endpoint).pid, signal.SIGKILL)
    with ports.listen(urlsplit(url).port or 0, patience=20):
        with pytest.raises(HostError) as caught:
            make_endpoint.advance(wish)
        assert (caught.value.code, caught.value.kind) == ("TW605", "conflict")
    assert make_endpoint.settle(wish).url == url


def test_a_killed_gateway_can_be_taken_down(make_endpoint: EndpointMaker) -> None:
    make_endpoint.settle(make_endpoint.wish(make_endpoint.fleet(), a=100))
    os.kill(gateway(make_endpoint).pid, signal.SIGKILL)
    make_endpoint.down()
    assert not (make_endpoint.root / "endpoints" / "churn").exists()
    assert until(lambda: not family(make_endpoint.root)) is True


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
