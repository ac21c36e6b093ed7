"""Health checks and requests keep to connections of their own.

A server closes a connection after a request that says `Connection: close`, most of them without saying so in the answer; a
request that is sent on it meanwhile has no answer.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.sandbox.emulator import Emulator, until
from tests.sandbox.hosted import ROLE, config, packed, put, settled

SERVER = """
import json, os
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

seen = defaultdict(list)

class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        seen[self.client_address].append("ping")
        self.answer(b"")

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        seen[self.client_address].append("request")
        self.answer(json.dumps(list(seen.values())).encode())

    def answer(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

ThreadingHTTPServer(("127.0.0.1", int(os.environ["SAGEMAKER_BIND_TO_PORT"])), Handler).serve_forever()
"""


def test_no_connection_carries_both_a_ping_and_a_request(emulator: Emulator) -> None:
    emulator.control("image", image=r".*/pinged:1", command=[sys.executable, "/opt/ml/model/server.py"])
    container = {
        "Image": "123456789012.dkr.ecr.us-east-1.amazonaws.com/pinged:1",
        "ModelDataUrl": put(emulator, "pinged.tar.gz", packed({"server.py": SERVER})),
    }
    sagemaker, runtime = emulator.client("sagemaker"), emulator.client("sagemaker-runtime")
    sagemaker.create_model(ModelName="pinged", ExecutionRoleArn=ROLE, PrimaryContainer=container)
    sagemaker.create_endpoint(EndpointName="pinged", EndpointConfigName=config(emulator, "pinged"))
    assert settled(emulator, "pinged")["EndpointStatus"] == "InService"

    def connections() -> list[list[str]]:
        return list(json.loads(runtime.invoke_endpoint(EndpointName="pinged", Body=b"x")["Body"].read()))

    def pings(seen: list[list[str]]) -> int:
        return sum(one.count("ping") for one in seen)

    before = pings(connections())

    def pinged_again() -> Any:
        seen = connections()
        return seen if pings(seen) >= before + 2 else None

    seen = until(pinged_again)
    assert [one for one in seen if len(set(one)) > 1] == []
    assert max(one.count("request") for one in seen) > 1, "requests keep their connections"
