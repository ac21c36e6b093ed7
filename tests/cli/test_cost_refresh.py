"""`deploy cost refresh` as people call it: streams, exits, slips, the key, and what is priced afterwards."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import pytest
from fakes.prices import RETAIL, VERTEX, Answer, Prices, item, offer, serving, sku
from fakes.shell import argv, deploy, process

from tradewind.cli.schemas import schemas
from tradewind.cost.catalogue import SHIPPED, Catalogue

KEY = "AIza-a-secret-of-somebody"
SIZE = "Standard_D2s_v5"
CORE = "Vertex AI: Training/Pipelines on A3 Instance Core in Iowa"
RAM = "Vertex AI: Training/Pipelines on A3 Instance RAM in Iowa"
CARD = "Vertex AI: Training/Pipelines on NVIDIA H100 80GB in Iowa"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Prices]:
    with serving() as prices:
        for cloud in ("AWS", "GCP", "AZURE"):
            monkeypatch.setenv(f"TRADEWIND_PRICES_{cloud}", prices.url)
        prices.aws(
            {"us-east-1": offer("us-east-1", [("Train", "ml.m5.xlarge", "0.25"), ("Host", "ml.m5.xlarge", "0.25")])}
        )
        prices.azure({"eastus": [item("eastus", "Standard_D2s_v5", 0.096)]})
        prices.gcp([sku(CORE, "0.0293227"), sku(RAM, "0.0025534"), sku(CARD, "11.2660332")], [], key=KEY)
        yield prices


def test_without_a_key_two_are_refreshed_and_google_is_skipped_aloud(server: Prices, guarded_environment: Path) -> None:
    said = deploy("cost", "refresh")
    assert said.code == 0
    assert "✓ aws" in said.out
    assert "2 prices in 1 region: 2 risen, 0 fallen, 0 new, 0 as before" in said.out
    assert "ml.m5.xlarge to serve in us-east-1: 0.23 to 0.25 USD/h (+8.7%)" in said.out
    assert "gcp    skipped: Google's price API answers to a key only: set GOOGLE_API_KEY, or --key-file" in said.out
    assert "GOOGLE_API_KEY" in said.err
    assert not server.asked(VERTEX)
    quote = Catalogue(SHIPPED, guarded_environment / "catalogue").quote(
        "sagemaker", "serve", "us-east-1", "ml.m5.xlarge"
    )
    assert quote is not None
    assert f"{quote.amount}" == "0.25"


def test_the_key_of_a_file_or_the_environment_is_never_shown(
    server: Prices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "key"
    file.write_text(f"{KEY}\n")
    said = deploy("cost", "refresh", "--provider", "gcp", "--key-file", str(file), "--output", "json")
    assert (said.code, said.json["services"][0]["state"]) == (0, "refreshed")
    monkeypatch.setenv("GOOGLE_API_KEY", f"{KEY}x")
    wrong = deploy("cost", "refresh", "--provider", "gcp", "--debug")
    assert wrong.code == 1
    assert "API key not valid" in wrong.out
    assert all(KEY not in text for text in (said.out, said.err, wrong.out, wrong.err))
    assert all(KEY not in request.line for request in server.requests)


def test_what_is_refreshed_is_what_is_priced_by(server: Prices) -> None:
    assert deploy("cost", "refresh", "--provider", "aws").code == 0
    words = ("--provider", "aws", "--region", "us-east-1", "--machine", "ml.m5.xlarge", "--use", "serve")
    said = deploy("cost", "prices", *words)
    assert (said.code, "0.25" in said.out) == (0, True)
    assert "ml.m5.xlarge" in said.out


def test_google_alone_without_a_key_is_an_error(server: Prices) -> None:
    said = deploy("cost", "refresh", "--provider", "gcp", "-o", "json")
    assert (said.code, said.json["code"]) == (6, "TW625")


def test_ctrl_c_is_no_traceback_and_the_next_goes_on(server: Prices, guarded_environment: Path) -> None:
    server.azure(
        {"eastus": [item("eastus", f"Standard_Other{n}", 1) for n in range(9)] + [item("eastus", SIZE, 0.1)]}, page=5
    )
    whole = server.routes[RETAIL]
    server.at(RETAIL, lambda r: whole(r) if r.query.get("$skip") != "5" else Answer(b" " * 10_000, drip=0.05))
    words = argv("cost", "refresh", "--provider", "azure", "--region", "eastus")
    child = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while len(server.asked(RETAIL)) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    child.send_signal(signal.SIGINT)
    out, err = child.communicate(timeout=20)
    assert (child.returncode, out) == (130, "")
    assert "Traceback" not in err
    assert not (guarded_environment / "catalogue").exists()
    server.at(RETAIL, whole)
    server.requests.clear()
    assert deploy("cost", "refresh", "--provider", "azure", "--region", "eastus").code == 0
    assert [request.query.get("$skip") for request in server.asked(RETAIL)] == ["5"]


def test_the_document_is_what_its_schema_says(server: Prices) -> None:
    said = deploy("cost", "refresh", "--dry-run", "-o", "json")
    jsonschema.validate(said.json, schemas()["refresh"])
    assert [(s["provider"], s["state"]) for s in said.json["services"]] == [
        ("aws", "looked"), ("gcp", "skipped"), ("azure", "looked"),
    ]  # fmt: skip
    assert said.json["dry_run"] is True


def test_without_a_terminal_a_line_a_change(server: Prices) -> None:
    said = process("cost", "refresh", "--provider", "azure", "--region", "eastus")
    assert said.code == 0
    lines = [line.partition(" ")[2] for line in said.err.splitlines()]
    assert lines == ["azure: eastus (1 of 1)", "azure: prices read: 1", "azure: refreshed"]
    assert "\x1b" not in said.out + said.err


def test_one_that_fails_is_told_with_its_code_and_the_exit_says_so(server: Prices, guarded_environment: Path) -> None:
    server.at(RETAIL, Answer(b'{"Items": 3}'))
    said = deploy("cost", "refresh", "-o", "json")
    assert said.code == 1
    states = {service["provider"]: service for service in said.json["services"]}
    assert states["aws"]["state"] == "refreshed"
    assert (states["azure"]["state"], states["azure"]["code"]) == ("failed", "TW622")
    assert sorted(file.name for file in (guarded_environment / "catalogue").iterdir()) == ["sagemaker.json"]


def test_a_region_leads_to_its_cloud(server: Prices) -> None:
    said = deploy("cost", "refresh", "--region", "eastus", "-o", "json")
    assert [service["provider"] for service in said.json["services"]] == ["azure"]
    looked = deploy("cost", "refresh", "--region", "eastus", "--dry-run", "-o", "json").json
    assert looked["next"] == ["deploy cost refresh --region eastus"]
    both = deploy("cost", "refresh", "--region", "eastus,us-east-1", "-o", "json")
    assert [service["provider"] for service in both.json["services"]] == ["aws", "azure"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--provider", "local"], "no prices to read"),
        (["--provider", "azzure"], "did you mean 'azure'?"),
        (["--region", "us east' or 1"], "no region of"),
        (["--provider", "gcp", "--region", "eastus"], "no region of gcp"),
        (["--key-file", "/nowhere/key"], "--key-file: cannot be read"),
        (["--aws-url", "http://prices.example.com"], "--aws-url: must be https"),
        (["--gcp-url", "https://me:hidden@prices.example.com"], "must not carry a user"),
        (["eastus"], "unexpected extra argument"),
    ],
)
def test_slips_are_told_and_nothing_is_asked(server: Prices, words: list[str], told: str) -> None:
    said = deploy("cost", "refresh", *words)
    assert said.code == 2
    assert told in " ".join(said.err.split())
    assert "hidden" not in said.err
    assert not server.requests


@pytest.mark.parametrize(
    "content", ["", "two words", '{"type": "service_account",\n "private_key": "hidden"}', "schlüssel"]
)
def test_what_is_no_key_is_told_without_it(server: Prices, tmp_path: Path, content: str) -> None:
    file = tmp_path / "key"
    file.write_text(content, encoding="utf-8")
    said = deploy("cost", "refresh", "--key-file", str(file))
    assert said.code == 2
    assert "--key-file" in said.err
    assert "hidden" not in said.err + said.out
