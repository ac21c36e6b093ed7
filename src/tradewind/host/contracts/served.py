"""One server process under one cloud's environment: start it, ask it, end it with all its children."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from tradewind.host.contracts.values import Subject
from tradewind.host.processes import Leash, kill_group, plain_environment

LOOK = 0.05
SHOWN = 10  # lines of its output in a finding
CONNECT = 5.0


@dataclass(frozen=True)
class Answer:
    """`status` 0: there was none, and `text` says why. `took` in seconds."""

    status: int
    text: str
    took: float
    body: bytes = b""
    content_type: str = ""

    @property
    def said(self) -> str:
        return f"{self.status} in {self.took * 1000:.0f} ms" if self.status else self.text


class Served:
    """Use as a context: the process is gone afterwards, whatever happened."""

    def __init__(self, subject: Subject, port: int, env: Mapping[str, str]) -> None:
        self.port = port
        self._folder = tempfile.TemporaryDirectory(prefix="tradewind-check-")
        self._log = Path(self._folder.name) / "log"
        self._argv = [part.replace("{port}", str(port)) for part in subject.argv]
        self._env = {**plain_environment(os.environ), **env, **subject.env}
        self._cwd = subject.folder

    def __enter__(self) -> Served:
        with self._log.open("wb") as out:
            self._process = subprocess.Popen(
                self._argv,
                cwd=self._cwd,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._leash = Leash(self._process.pid)
        return self

    def __exit__(self, *_: object) -> None:
        kill_group(self._process.pid)
        self._process.wait()
        self._leash.drop()
        self._folder.cleanup()

    @property
    def ended(self) -> int | None:
        """Its exit code once it has ended."""
        return self._process.poll()

    @property
    def last_words(self) -> str:
        lines = self._log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
        return "\n".join(lines[-SHOWN:])

    def healthy(self, path: str, patience: float, *, any_port: bool) -> Answer:
        """Ask until it answers 200, ends, or `patience` is over; the last answer. `any_port`: where it listens will do."""
        deadline = time.monotonic() + patience
        while True:
            answer = self.ask("GET", path, timeout=CONNECT)
            if answer.status == 200 or self.ended is not None or time.monotonic() > deadline:
                return answer
            other = self.ports()
            if any_port and len(other) == 1 and answer.status == 0:
                (self.port,) = other
            time.sleep(LOOK)

    def ask(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "", timeout: float = 60.0
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        began = time.monotonic()
        try:
            connection.request(method, path, body, {"Content-Type": content_type} if content_type else {})
            answer = connection.getresponse()
            whole = answer.read()
        except TimeoutError:
            return Answer(0, f"no answer within {timeout:g} s", time.monotonic() - began)
        except (OSError, http.client.HTTPException) as error:
            return Answer(0, f"the connection failed: {error}", time.monotonic() - began)
        finally:
            connection.close()
        return Answer(
            answer.status, answer.reason, time.monotonic() - began, whole, answer.getheader("Content-Type", "")
        )

    def accepts(self) -> float | None:
        """Seconds until a connection was accepted; None: it was not."""
        began = time.monotonic()
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=CONNECT):
                return time.monotonic() - began
        except OSError:
            return None

    def addresses(self) -> set[str]:
        """The addresses that it listens on at its port; empty where the kernel does not tell."""
        return {ip for ip, port in self._listening() if port == self.port}

    def ports(self) -> set[int]:
        """All that it listens on."""
        return {port for _, port in self._listening()}

    def _listening(self) -> Iterator[tuple[str, int]]:
        with contextlib.suppress(psutil.Error):
            root = psutil.Process(self._process.pid)
            for process in [root, *root.children(recursive=True)]:
                with contextlib.suppress(psutil.Error):
                    for held in process.net_connections("inet"):
                        if held.status == psutil.CONN_LISTEN and held.laddr:
                            yield held.laddr.ip, held.laddr.port

    def terminate(self, patience: float) -> float | None:
        """Seconds that it took to end after SIGTERM; None: it did not."""
        began = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None
        return time.monotonic() - began
