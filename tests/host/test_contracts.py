"""Servers that keep and that break the clouds' contracts."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import psutil
import pytest

from tradewind.host import ports
from tradewind.host.contracts import ANY_BODY, Finding, Subject, check, of_handler
from tradewind.host.errors import HostError

HANDLER = """
def load(model_dir):
    return 2.0

def predict(model, inputs):
    return [model * float(row[0]) for row in inputs]
"""
BODY = b'{"instances": [[1.0], [2.0]]}'
PLAIN = """
import json, os, signal, sys, time
from http.server import BaseHTTPRequestHandler, HTTPServer

BREAKS = set(sys.argv[2:])
ENV = os.environ

class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        if "slow" in BREAKS:
            time.sleep(2.2)
        self.say(200 if self.path in ("/ping", "/", ENV.get("AIP_HEALTH_ROUTE")) else 404, {})
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path not in ("/invocations", "/score", ENV.get("AIP_PREDICT_ROUTE")):
            return self.say(404, {})
        try:
            rows = json.loads(body)["instances"]
        except ValueError:
            if "dies" in BREAKS:
                os._exit(1)
            return self.say(400, {})
        said = rows[:1] if "short" in BREAKS else rows
        if "differs" in BREAKS and self.path == "/score":
            said = [0 for _ in rows]
        self.say(200, said if "bare" in BREAKS else {"predictions": said})
    def say(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html" if "mistyped" in BREAKS else "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)
    def log_message(self, *args):
        pass

if "deaf" in BREAKS:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
HTTPServer(("127.0.0.1" if "loopback" in BREAKS else "0.0.0.0", int(sys.argv[1])), Handler).serve_forever()
"""


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    path = tmp_path / "server.py"
    path.write_text(PLAIN)
    return path


def subject(plain: Path, *breaks: str) -> Subject:
    return Subject((sys.executable, "-S", "-E", str(plain), "{port}", *breaks), body=BODY, startup=20)


def broken(findings: tuple[Finding, ...]) -> list[tuple[str, str]]:
    return [(finding.cloud, finding.rule) for finding in findings if finding.verdict == "broken"]


def test_our_own_server_keeps_all_three(tmp_path: Path) -> None:
    (tmp_path / "serve.py").write_text(HANDLER)
    (tmp_path / "model").mkdir()
    findings = check(of_handler(tmp_path / "serve.py", tmp_path / "model", body=BODY), real_ports=False)
    assert broken(findings) == []
    assert {finding.cloud for finding in findings} == {"aws", "gcp", "azure", "all"}
    assert all(finding.seen and finding.source for finding in findings)
    assert [f.verdict for f in findings if f.rule == "one prediction for each instance"] == ["ok"]


def test_a_command_of_any_kind_is_enough(plain: Path) -> None:
    assert broken(check(subject(plain), real_ports=False)) == []


@pytest.mark.parametrize(
    ("breaks", "cloud", "rule"),
    [
        ("short", "gcp", "one prediction for each instance"),
        ("bare", "gcp", "one prediction for each instance"),
        ("slow", "azure", "GET / is 200 within 2 s"),  # and nothing else is laid at its door for that
        ("loopback", "gcp", "listens on all addresses, not on loopback alone"),
        ("dies", "azure", "survives a request that makes no sense"),
    ],
)
def test_what_is_broken_is_named(plain: Path, breaks: str, cloud: str, rule: str) -> None:
    findings = check(subject(plain, breaks), (cloud,), real_ports=False)
    assert broken(findings) == [(cloud, rule)]
    assert next(finding for finding in findings if finding.verdict == "broken").fix


def test_the_deaf_are_told_apart_and_ended(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from tradewind.host import contracts

    quick = replace(contracts.CONTRACTS["azure"], grace=0.5)
    monkeypatch.setattr(contracts, "CONTRACTS", {"azure": quick})
    assert broken(check(subject(plain, "deaf"), ("azure",), real_ports=False)) == [
        ("azure", "ends within 0.5 s of SIGTERM")
    ]
    assert not [p for p in psutil.process_iter() if str(plain) in " ".join(_argv(p))]


def _argv(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_a_port_of_its_own(plain: Path) -> None:
    """Azure is told the container's port; the others tell the container."""
    own = ports.free()
    fixed = Subject((sys.executable, "-S", "-E", str(plain), str(own)), body=BODY, startup=1.0)
    assert broken(check(fixed, ("azure",), real_ports=False)) == []
    findings = check(fixed, ("gcp",), real_ports=False)
    assert [finding.verdict for finding in findings] == ["broken"]
    assert f"it listens on {own}" in findings[0].seen


def test_a_guessed_body_that_is_refused_proves_nothing(plain: Path) -> None:
    """Only a body that is known to be right can show that the server is wrong."""
    picky = plain.with_name("picky.py")
    picky.write_text(plain.read_text().replace('rows = json.loads(body)["instances"]', "raise ValueError"))
    for body, verdict in ((ANY_BODY, "cannot_tell"), (BODY, "broken")):
        asked = Subject((sys.executable, "-S", "-E", str(picky), "{port}"), body=body, startup=20)
        found = [f for f in check(asked, ("aws",), real_ports=False) if f.rule.startswith("POST /invocations")]
        assert [finding.verdict for finding in found] == [verdict]


def test_one_answer_for_all(plain: Path) -> None:
    findings = check(subject(plain, "differs"), ("aws", "azure"), real_ports=False)
    assert broken(findings) == [("all", "a known body gets the same answer on every cloud")]


def test_a_server_that_ends_shows_its_last_words(tmp_path: Path) -> None:
    dead = Subject((sys.executable, "-c", "import sys; sys.exit('no module named model')"), startup=20)
    (found,) = check(dead, ("gcp",), real_ports=False)
    assert found.verdict == "broken"
    assert "exit code 1" in found.seen
    assert "no module named model" in found.seen
    assert "AIP_HTTP_PORT" in found.fix


def test_a_server_that_never_gets_ready(tmp_path: Path) -> None:
    silent = Subject((sys.executable, "-c", "import time; time.sleep(60)"), startup=0.3)
    (found,) = check(silent, ("azure",), real_ports=False)
    assert found.verdict == "broken"
    assert "connection failed" in found.seen


def test_sagemakers_port_is_said_when_it_could_not_be_used(plain: Path) -> None:
    findings = check(subject(plain), ("aws",), real_ports=False)
    assert findings[0].rule == "listens on 8080"
    assert findings[0].verdict == "cannot_tell"


def test_a_taken_port_is_not_an_error(plain: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dataclasses import replace

    from tradewind.host import contracts

    with socket.create_server(("127.0.0.1", 0)) as stranger:
        taken = replace(contracts.CONTRACTS["aws"], port=stranger.getsockname()[1])
        monkeypatch.setattr(contracts, "CONTRACTS", {"aws": taken})
        findings = check(subject(plain), ("aws",))
    assert "is taken on this machine" in findings[0].seen
    assert broken(findings) == []


def test_too_large_a_body_for_one_cloud(plain: Path) -> None:
    large = {"instances": [[1.0]], "padding": "x" * 1_600_000}
    findings = check(
        Subject(subject(plain).argv, body=json.dumps(large).encode(), startup=20), ("gcp",), real_ports=False
    )
    assert ("gcp", "POST /v1/endpoints/1/deployedModels/2:predict answers a known body with 200 within 60 s") in broken(
        findings
    )


def test_what_cannot_be_started_is_one_clear_error() -> None:
    with pytest.raises(HostError) as caught:
        check(Subject(("/no/such/program",)), ("aws",), real_ports=False)
    assert "/no/such/program" in caught.value.said
    with pytest.raises(HostError) as caught:
        check(Subject(("true",)), ("oracle",))
    assert caught.value.code == "TW616"


def test_json_under_another_name_is_said(plain: Path) -> None:
    findings = check(subject(plain, "mistyped"), ("gcp",), real_ports=False)
    assert broken(findings) == []
    (typed,) = [finding for finding in findings if finding.rule == "its answer says what it is"]
    assert (typed.verdict, typed.fix) == ("cannot_tell", "send Content-Type: application/json")
    assert "text/html" in typed.seen


def test_whose_route_is_ignored_is_named(plain: Path) -> None:
    stubborn = plain.with_name("stubborn.py")
    stubborn.write_text(plain.read_text().replace('ENV.get("AIP_HEALTH_ROUTE")', "None"))
    asked = Subject((sys.executable, "-S", "-E", str(stubborn), "{port}"), body=BODY, startup=1)
    (only,) = check(asked, ("gcp",), real_ports=False)
    assert "404" in only.seen
    assert "the path in AIP_HEALTH_ROUTE" in only.fix
