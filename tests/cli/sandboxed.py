"""One emulated account for a file of tests, and a listener that hears whatever is said to it."""

from __future__ import annotations

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tradewind.host.files import write_json
from tradewind.host.identity import me
from tradewind.sandbox import running

MODULE = "tradewind.sandbox.aws.daemon"
SKIPPED = ("host", "connection", "transfer-encoding", "content-length")


@dataclass
class Overheard:
    """Every request's first line, headers and body, as text."""

    url: str = ""
    said: list[str] = field(default_factory=list)
    credentials: set[str] = field(default_factory=set)


@contextmanager
def overheard(to: str) -> Iterator[Overheard]:
    """A proxy before the account at `to`."""
    found = Overheard()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def relay(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            found.said.append(f"{self.requestline}\n{self.headers}\n{body.decode('utf-8', 'replace')}")
            signed = self.headers.get("Authorization", "")
            if "Credential=" in signed:
                found.credentials.add(signed.partition("Credential=")[2].partition("/")[0])
            headers = {n: v for n, v in self.headers.items() if n.lower() not in SKIPPED}
            asked = urllib.request.Request(to + self.path, data=body or None, headers=headers, method=self.command)
            if not self.headers.get("Content-Type"):
                asked.add_unredirected_header("Content-Type", "")
            try:
                with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=60) as answer:
                    self.pass_on(answer.status, answer)
            except urllib.error.HTTPError as error:
                self.pass_on(error.code, error)

        def pass_on(self, status: int, answer: Any) -> None:
            data = b"" if self.command == "HEAD" else answer.read()
            self.send_response_only(status)
            length = str(len(data))
            for name, value in answer.headers.items():
                if name.lower() == "content-length":
                    length = value if self.command == "HEAD" else length
                elif name.lower() not in SKIPPED:
                    self.send_header(name, value)
            self.send_header("Content-Length", length)
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = relay

        def log_message(self, *_: Any) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()


def pretend(home: Path, url: str) -> None:
    """As if the sandbox of this state folder ran at `url`: this very process stands for it."""
    folder = home / "sandbox" / "aws"
    folder.mkdir(parents=True, exist_ok=True)
    record = {"url": url, "since": 0.0, "version": "0", **me().record()}
    write_json(folder / running.ADDRESS, record, private=True)
