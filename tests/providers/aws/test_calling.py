"""What `endpoint connect` prints for SageMaker, run as it stands: it arrives, and its signature is one that AWS would accept."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tradewind.providers.aws.info import AwsInfo

BODY = b'{"instances": [[1, 2]]}'
KEY, SECRET, TOKEN = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjE//+token=="


class Listener:
    """Answers every POST with its body, and keeps what came."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        calls = self.calls

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                calls.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                return

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def listener() -> Iterator[Listener]:
    one = Listener()
    yield one
    one.server.shutdown()
    one.server.server_close()


def is_signed(call: tuple[str, dict[str, str], bytes], url: str, token: str | None) -> bool:
    """By botocore's own signer, over the headers that the caller says it signed."""
    path, headers, body = call
    said = re.search(r"SignedHeaders=([^,]+), *Signature=([0-9a-f]+)", headers["authorization"])
    assert said is not None
    names = said[1].split(";")
    assert {"host", "x-amz-date"} <= set(names)
    assert ("x-amz-security-token" in names) is (token is not None)
    request = AWSRequest("POST", f"{url}{path}", data=body, headers={name: headers[name] for name in names})
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials(KEY, SECRET, token), "sagemaker", "eu-west-1")
    wanted = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    return bool(wanted == said[2])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "request.json").write_bytes(BODY)
    return tmp_path


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET, **more}


@pytest.mark.skipif(shutil.which("curl") is None, reason="no curl here")
@pytest.mark.parametrize("token", [None, TOKEN])
@pytest.mark.parametrize("shell", [s for s in ("sh", "bash", "zsh") if shutil.which(s)])
def test_curl(listener: Listener, folder: Path, shell: str, token: str | None) -> None:
    said = AwsInfo().snippets("benign", f"{listener.url}/endpoints/benign/invocations", "eu-west-1")
    keys = environment(AWS_SESSION_TOKEN=token) if token else environment()
    done = subprocess.run([shell, "-c", said.curl], cwd=folder, env=keys, capture_output=True, timeout=30, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, BODY, b"")
    (call,) = listener.calls
    assert (call[0], call[2]) == ("/endpoints/benign/invocations", BODY)
    assert call[1]["content-type"] == "application/json"
    assert call[1].get("x-amz-security-token") == token
    assert is_signed(call, listener.url, token)


@pytest.mark.parametrize("token", [None, TOKEN])
def test_python(listener: Listener, folder: Path, token: str | None) -> None:
    said = AwsInfo().snippets("benign", f"{listener.url}/endpoints/benign", "eu-west-1")
    keys = environment(AWS_SESSION_TOKEN=token) if token else environment()
    done = subprocess.run(
        [sys.executable, "-c", said.python], cwd=folder, env=keys, capture_output=True, timeout=30, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, BODY), done.stderr
    (call,) = listener.calls
    assert (call[0], call[2]) == ("/endpoints/benign/invocations", BODY)
    assert is_signed(call, listener.url, token)


def test_the_public_address_is_the_sdks_own_to_find() -> None:
    url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/benign/invocations"
    said = AwsInfo().snippets("benign", url, "eu-west-1")
    assert "endpoint_url" not in said.python
    assert url in said.curl
    assert "aws configure export-credentials" in said.note
