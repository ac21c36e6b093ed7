"""A service on loopback that answers what a test says, in AWS's JSON protocol: for answers that no emulator gives."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Said = dict[str, Any]
Answer = Said | bytes  # bytes go out as they are


@dataclass
class Refused(Exception):
    code: str
    message: str
    status: int = 400


class StandIn:
    """`answers`: operation ("DescribeTrainingJob") -> what it answers to a request. Anything else is refused."""

    def __init__(self, answers: Mapping[str, Callable[[Said], Answer]], latency: float = 0.0) -> None:
        self.answers = dict(answers)
        self.latency = latency  # seconds
        self.calls: list[tuple[str, Said]] = []
        self.url = ""

    @property
    def counts(self) -> Counter[str]:
        return Counter(name for name, _ in self.calls)

    def answer(self, operation: str, said: Said) -> Answer:
        self.calls.append((operation, said))
        if self.latency:
            time.sleep(self.latency)
        if operation not in self.answers:
            raise Refused("UnknownOperationException", f"{operation} is not answered here")
        return self.answers[operation](said)


@contextmanager
def standing_in(answers: Mapping[str, Callable[[Said], Answer]], latency: float = 0.0) -> Iterator[StandIn]:
    one = StandIn(answers, latency)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # the second piece of an answer would wait 40 ms for the first to be heard

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            target = self.headers.get("X-Amz-Target", "")
            try:
                found = one.answer(target.rpartition(".")[2], json.loads(body or b"{}") if target else {})
                status = 200
            except Refused as refused:
                found, status = {"__type": refused.code, "message": refused.message}, refused.status
            data = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: Any) -> None:
            return

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 256  # many threads connect at once

    server = Server(("127.0.0.1", 0), Handler)
    one.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield one
    finally:
        server.shutdown()
        server.server_close()
