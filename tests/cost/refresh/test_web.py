"""The one place that asks over HTTP: what is tried again, what is refused, and what no error repeats."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from cost.refresh.conftest import KEY, QUICK
from fakes.prices import Answer, Prices, said

from tradewind.cost.refresh.address import parse
from tradewind.cost.refresh.web import Web
from tradewind.errors import FailedError, ProviderError, SpecError, TradewindError


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_asked_again(server: Prices, status: int) -> None:
    server.at("/x", said({"price": 1.5}))
    server.once("/x", Answer(b"busy", status), Answer(b"", status))
    assert Web(QUICK).json(f"{server.url}/x") == {"price": Decimal("1.5")}
    assert len(server.asked("/x")) == 3


def test_retry_after_is_waited_for(server: Prices) -> None:
    server.at("/x", said({}))
    server.once("/x", Answer(b"", 429, {"Retry-After": "1"}))
    began = time.monotonic()
    Web(QUICK).json(f"{server.url}/x")
    assert time.monotonic() - began >= 1


def test_a_retry_after_of_hours_is_not(server: Prices) -> None:
    server.at("/x", Answer(b"", 503, {"Retry-After": "7200"}))
    began = time.monotonic()
    with pytest.raises(ProviderError) as caught:
        Web(replace(QUICK, tries=2)).json(f"{server.url}/x")
    assert (caught.value.kind, caught.value.code) == ("transient", "TW621")
    assert time.monotonic() - began < 4


@pytest.mark.parametrize(
    ("status", "kind", "asked"), [(400, "failed", 1), (401, "credentials", 1), (403, "permission", 1), (404, "missing", 1),
                                  (429, "throttled", 3), (502, "transient", 3)]
)  # fmt: skip
def test_refusals_have_their_kind(server: Prices, status: int, kind: str, asked: int) -> None:
    server.at("/x", said({"error": {"message": f"no: {KEY}"}}, status=status))
    with pytest.raises(ProviderError) as caught:
        Web(QUICK).json(f"{server.url}/x?key=hidden", {"X-Goog-Api-Key": KEY})
    assert caught.value.kind == kind
    assert len(server.asked("/x")) == asked
    assert "no: ***" in str(caught.value)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "broken", [Answer(b'{"a": 1}', cut=4), Answer(b'{"a": 1'), Answer(b'{"a": 1}', zipped=True, cut=9)]
)
def test_a_body_that_breaks_off_is_asked_for_again(server: Prices, broken: Answer) -> None:
    server.at("/x", said({"a": 2}))
    server.once("/x", broken)
    assert Web(QUICK).json(f"{server.url}/x") == {"a": 2}


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"<html>log in</html>", "TW622"), (b'{"a": NaN}', "TW622"), (b"[" * 100_000, "TW622"), (b"", "TW622")],
)
def test_what_is_no_json_is_told(server: Prices, body: bytes, code: str) -> None:
    server.at("/x", Answer(body))
    with pytest.raises(FailedError) as caught:
        Web(QUICK).json(f"{server.url}/x?key=hidden")
    assert caught.value.code == code
    assert "hidden" not in repr(caught.value)
    assert caught.value.__cause__ is None


def test_gzip_is_unpacked(server: Prices, tmp_path: Path) -> None:
    server.at("/x", said(["a"] * 10_000, zipped=True))
    Web(QUICK).download(f"{server.url}/x", tmp_path / "x")
    assert json.loads((tmp_path / "x").read_bytes()) == ["a"] * 10_000
    assert server.asked("/x")[0].headers["accept-encoding"] == "gzip"


def test_a_body_that_unpacks_without_end_is_stopped(server: Prices) -> None:
    server.at("/x", Answer(b" " * (4 << 20), zipped=True))
    with pytest.raises(FailedError, match="more than 1 MiB") as caught:
        Web(replace(QUICK, page=1 << 20)).json(f"{server.url}/x")
    assert caught.value.code == "TW622"
    assert len(server.asked("/x")) == 1


def test_a_body_that_only_drips_is_given_up(server: Prices) -> None:
    server.at("/x", Answer(b" " * 1000, drip=0.05))
    with pytest.raises(FailedError, match="not done after") as caught:
        Web(replace(QUICK, whole=0.3)).json(f"{server.url}/x")
    assert caught.value.code == "TW620"


def test_silence_is_given_up(server: Prices) -> None:
    server.at("/x", Answer(b"  ", drip=1))
    with pytest.raises(FailedError) as caught:
        Web(replace(QUICK, silence=0.2, tries=2)).json(f"{server.url}/x?key=hidden")
    assert caught.value.code == "TW620"
    assert "hidden" not in str(caught.value)


def test_nobody_there(server: Prices) -> None:
    with pytest.raises(FailedError, match="refused") as caught:
        Web(QUICK).json("http://127.0.0.1:9/x?key=hidden")
    assert caught.value.code == "TW620"
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "target", ["http://127.0.0.1:9/y", "https://elsewhere.example/y", "//elsewhere.example/y", "ftp://x"]
)
def test_a_redirect_to_another_host_is_refused_with_the_key_kept(server: Prices, target: str) -> None:
    server.at("/x", Answer(b"", 302, {"Location": target}))
    with pytest.raises(FailedError, match="another host") as caught:
        Web(QUICK).json(f"{server.url}/x", {"X-Goog-Api-Key": KEY})
    assert caught.value.code == "TW622"


def test_a_redirect_on_the_same_host_is_followed_but_not_for_ever(server: Prices) -> None:
    server.at("/x", Answer(b"", 301, {"Location": "/y"}))
    server.at("/y", said([1]))
    assert Web(QUICK).json(f"{server.url}/x") == [1]
    server.at("/y", Answer(b"", 307, {"Location": "/x"}))
    with pytest.raises(FailedError, match="too often"):
        Web(QUICK).json(f"{server.url}/x")


@pytest.mark.parametrize("spelled", ["http://{}", "{}", "http://me:p%40ss@{}"])
def test_the_environments_proxy_is_used(server: Prices, monkeypatch: pytest.MonkeyPatch, spelled: str) -> None:
    monkeypatch.setenv("http_proxy", spelled.format(server.url.removeprefix("http://")))
    server.at("/x", said([1]))
    assert Web(QUICK).json("http://prices.invalid/x") == [1]
    (request,) = server.requests
    assert request.line == "http://prices.invalid/x"
    assert request.headers.get("proxy-authorization") == ("Basic bWU6cEBzcw==" if "me:" in spelled else None)


@pytest.mark.parametrize(
    "address",
    [
        "ftp://x",
        "prices.example.com",
        "https://user:pw@x",
        "https://x/?a=b",
        "http://prices.example.com",
        "https://x:nan",
        "",
    ],
)
def test_addresses_that_are_refused_are_not_repeated(address: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(address, "--aws-url")
    assert isinstance(caught.value, TradewindError)
    assert "pw" not in str(caught.value)


def test_addresses() -> None:
    assert parse("https://mirror.example.com/prices/", "x").of("/a") == "https://mirror.example.com/prices/a"
    assert parse("http://127.0.0.1:8000", "x").host == "127.0.0.1:8000"
