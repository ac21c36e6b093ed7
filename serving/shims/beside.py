"""The process of ours that all workers in a container share: found, or started by whoever comes first."""

from __future__ import annotations

import fcntl
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from typing import IO, Iterator, Mapping

from tradewind.serving import leash

_HOST = "127.0.0.1"
_BACKLOG = 1024
_LOOK = 0.1  # seconds between two looks at whether the model is loaded
_PATIENCE = 5.0  # seconds for an answer about its health: one that is busy is not dead
_ALIVE = b"alive\n"


class StartFailed(Exception):
    """The server ended while it was starting; the message is its own reason."""


class Beside:
    """Safe from several threads and processes. `environ` is that of the worker, whose TW_* say what is served."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._folder = _folder(environ)
        self._process: subprocess.Popen[bytes] | None = None
        self._hold = leash.hold(self._path("users"))

    def leave(self) -> None:
        """Use it no longer: it ends with the last one who does."""
        os.close(self._hold)

    def ready(self) -> int:
        """Its port, once its model is loaded. Raises StartFailed."""
        port = self.port()
        while True:
            status = _ask(port, "/readyz")[0]
            if status == 200:
                return port
            if status == 0:
                raise StartFailed(self.reason())
            time.sleep(_LOOK)

    def port(self) -> int:
        """Its port, whether its model is loaded or not; started where it is not there."""
        with self._alone():
            known = self._known()
            return known if known and _ask(known, "/healthz")[1] in (_ALIVE, None) else self._start()

    def reason(self) -> str:
        """Why it is not there any more, in its own words where it had the time."""
        try:
            with open(self._path("reason"), encoding="utf-8") as file:
                return file.read()
        except OSError:
            return "it ended without a word; was it out of memory?"

    def _start(self) -> int:
        _remove(self._path("reason"))
        if self._process is not None:
            self._process.poll()  # whoever started it has to take note of its end
        with socket.create_server((_HOST, 0), backlog=_BACKLOG) as listener:
            listener.set_inheritable(True)
            port = int(listener.getsockname()[1])
            with _output(self._environ.get("TW_SHIM_LOG", "")) as output:
                self._process = subprocess.Popen(
                    [sys.executable, "-m", "tradewind.serving"],
                    env=self._told(listener.fileno()),
                    cwd=self._folder,  # a file of the user's must not stand for a module of Python to our server
                    pass_fds=[listener.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,  # a worker's end is not its own
                )
        with open(self._path("port"), "w", encoding="ascii") as file:
            file.write(str(port))
        return port

    def _told(self, fd: int) -> dict[str, str]:
        return {
            **self._environ,
            "PYTHONPATH": os.pathsep.join(filter(None, (_root(), self._environ.get("PYTHONPATH", "")))),
            "TW_FD": str(fd),
            "TW_LEASH": self._path("users"),
            "TW_FAILURE_FILE": self._path("reason"),
        }

    def _known(self) -> int:
        try:
            with open(self._path("port"), encoding="ascii") as file:
                return int(file.read() or 0)
        except (OSError, ValueError):
            return 0

    def _path(self, name: str) -> str:
        return os.path.join(self._folder, name)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        with open(self._path("lock"), "w", encoding="ascii") as lock:
            while not _locked(lock):
                time.sleep(
                    _LOOK
                )  # gevent's workers are greenlets: one that waited in the kernel would stop the holder too
            yield


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _folder(environ: Mapping[str, str]) -> str:
    """One for each way to serve: workers of one container agree on it, those of others (in tests) do not."""
    words = sorted((name, value) for name, value in environ.items() if name.startswith("TW_"))
    digest = hashlib.sha256(repr((words, os.getuid())).encode("utf-8", "surrogateescape")).hexdigest()
    folder = os.path.join(tempfile.gettempdir(), f"tradewind-serving-{digest[:16]}")
    os.makedirs(folder, mode=0o700, exist_ok=True)
    if os.stat(folder).st_uid != os.getuid():
        raise StartFailed(f"{folder} belongs to somebody else")
    return folder


def _root() -> str:
    """The folder that holds the package, also where PYTHONPATH was lost on the way to a worker."""
    here = os.path.dirname(os.path.abspath(__file__))
    return os.path.dirname(os.path.dirname(os.path.dirname(here)))


@contextmanager
def _output(path: str) -> Iterator[IO[bytes] | None]:
    """Where its log goes: the container's own output where that is said, else to that of the worker that starts it."""
    try:
        file = open(path, "ab") if path else None  # noqa: SIM115 - closed below
    except OSError:
        file = None  # a container whose output is no file or pipe of ours
    try:
        yield file
    finally:
        if file is not None:
            file.close()


def _ask(port: int, path: str) -> tuple[int, bytes | None]:
    """Status and body. (0, b""): nobody listens there; (-1, None): whoever does is too busy to say."""
    connection = HTTPConnection(_HOST, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    except ConnectionError:
        return 0, b""
    except (OSError, HTTPException):
        return -1, None
    finally:
        connection.close()


def _remove(path: str) -> None:
    try:
        os.remove(path)
    except FileNotFoundError:
        return
