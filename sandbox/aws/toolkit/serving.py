"""The container's HTTP: GET /ping and POST /invocations, connections kept, a thread for each."""

from __future__ import annotations

import logging
import signal
import socket
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tradewind.sandbox.aws.toolkit.answers import Answer, Request, Toolkit

log = logging.getLogger("toolkit")

LAST_ANSWERS = 25.0  # seconds for requests in flight after SIGTERM
IDLE = 75.0  # seconds an idle connection is kept


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024
    allow_reuse_address = True

    def __init__(self, port: int, toolkit: Toolkit) -> None:
        self.toolkit = toolkit
        self._lock = threading.Condition()
        self._in_flight = 0
        super().__init__(("127.0.0.1", port), Handler)

    def counted(self, work: Callable[[Request], Answer], request: Request, send: Callable[[Answer], None]) -> None:
        with self._lock:
            self._in_flight += 1
        try:
            send(work(request))
        finally:
            with self._lock:
                self._in_flight -= 1
                self._lock.notify_all()

    def finish(self) -> None:
        """Until the last answer is given, or nobody waits any longer."""
        with self._lock:
            self._lock.wait_for(lambda: self._in_flight == 0, LAST_ANSWERS)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server
    timeout = IDLE
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path == "/ping":
            self._send(self.server.toolkit.ping())
        else:
            self._send(Answer(404, b"", "text/plain"))

    def do_POST(self) -> None:
        if self.path != "/invocations":
            self._send(Answer(404, b"", "text/plain"))
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        kind = self.headers.get("ContentType") or self.headers.get("Content-Type")
        request = Request(body, kind, self.headers.get("Accept"), dict(self.headers.items()))
        self.server.counted(self.server.toolkit.invoke, request, self._send)

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        if isinstance(answer.body, bytes):
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)
            self.wfile.flush()
            return
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for part in answer.body:
            if part:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(part), part))
                self.wfile.flush()
        self.wfile.write(b"0\r\n\r\n")
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are not logged one by one."""


def serve(port: int, toolkit: Toolkit) -> None:
    """Until SIGTERM; requests in flight are answered first."""
    server = Server(port, toolkit)
    log.info("Listening at: http://127.0.0.1:%s", port)
    server.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    server.serve_forever()
    server.finish()
