"""A tiny server for tests of the gateway: `python replica.py PORT`. What it does is said by its environment and the body.

BEHAVIOUR: crash (ends before it listens), never (never ready), slow_start=S, sick_file=PATH (not ready while it exists)
POST body (JSON): {"sleep": s} {"status": n} {"pid": true} {"stream": n, "gap": s} {"spawn": true}
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SAID = dict(part.partition("=")[::2] for part in os.environ.get("BEHAVIOUR", "").split(",") if part)
SEEN: dict = {}  # what came over each connection
READY_AT = time.monotonic() + float(SAID.get("slow_start", "0"))


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        SEEN.setdefault(self.client_address, []).append("GET")
        sick = "sick_file" in SAID and Path(SAID["sick_file"]).exists()
        ready = "never" not in SAID and time.monotonic() >= READY_AT and not sick
        self._answer(200 if ready or self.path != "/readyz" else 503, {"path": self.path})

    def do_POST(self) -> None:
        SEEN.setdefault(self.client_address, []).append("POST")
        if self.headers.get("Transfer-Encoding") == "chunked":
            body = b"".join(self._chunks())
        else:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        try:
            wish = json.loads(body or b"{}")
        except ValueError:
            wish = {}
        if not isinstance(wish, dict):
            wish = {}
        print("asked", flush=True)
        if "stream" in wish:
            self._stream(wish)
            return
        time.sleep(wish.get("sleep", 0))
        if wish.get("spawn"):
            subprocess.Popen(["sleep", "300"], start_new_session=True)
        said = {
            "who": os.environ.get("WHO"),
            "pid": os.getpid(),
            "size": len(body),
            "secret": os.environ.get("TOKEN"),
            "path": self.path,
            "connections": list(SEEN.values()),
            "headers": {name.lower(): value for name, value in self.headers.items()},
        }
        self._answer(wish.get("status", 200), said)

    def _chunks(self):  # type: ignore[no-untyped-def]  # a script of its own
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _stream(self, wish: dict) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for number in range(wish["stream"]):
                piece = f"data: {number}\n\n".encode()
                self.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
                self.wfile.flush()
                time.sleep(wish.get("gap", 0))
            self.wfile.write(b"0\r\n\r\n")
        except OSError:
            print("the client left", flush=True)
            self.close_connection = True

    def _answer(self, status: int, said: dict) -> None:
        body = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "keep-alive, X-Hop")
        self.send_header("X-Hop", "for the gateway only")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        print(format % args, flush=True)


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


if __name__ == "__main__":
    print("loading", os.environ.get("WHO"), flush=True)
    if "crash" in SAID:
        print("ValueError: not a model", file=sys.stderr, flush=True)
        sys.exit(3)
    Server(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
