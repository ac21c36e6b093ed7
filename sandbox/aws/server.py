"""The emulator as a server of this process, on loopback only."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from moto.moto_server import werkzeug_app
from werkzeug.serving import WSGIRequestHandler, make_server

from tradewind.sandbox.aws.account import ACCOUNT, Account
from tradewind.sandbox.aws.doors import Door
from tradewind.sandbox.aws.front import Front
from tradewind.sandbox.aws.kept import Memory
from tradewind.sandbox.aws.knobs import Knobs, Pace
from tradewind.sandbox.aws.monitoring.monitor import Monitor
from tradewind.sandbox.aws.quotas import Quotas
from tradewind.sandbox.aws.tags import Kind, Tags
from tradewind.sandbox.aws.training.service import Training
from tradewind.sandbox.aws.training.store import Jobs

LOOPBACK = "127.0.0.1"
PATIENCE = 5.0  # seconds for the emulator that had the folder before


class _Handler(getattr(werkzeug_app, "MotoRequestHandler", WSGIRequestHandler)):  # type: ignore[misc]
    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Calls are not logged one by one."""

    def connection_dropped(self, *_: Any) -> None:
        """Without an answer there is nothing to wait for on this connection."""
        self.close_connection = True


class Server:
    """Raises Timeout where another emulator has the data folder, OSError where the port is taken."""

    def __init__(self, port: int, data: Path, pace: Pace) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._life = FileLock(data / "life.lock")
        self._life.acquire(timeout=PATIENCE)
        os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        knobs = Knobs(pace)
        self._front: Any = None
        self._server = make_server(LOOPBACK, port, self._serve, threaded=True, request_handler=_Handler)
        self.url = f"http://{LOOPBACK}:{self._server.server_port}"
        self._memory = Memory(data / "account")
        account = Account(self.url)
        quotas = Quotas(data / "quotas")
        self._monitor = Monitor(account, knobs, data / "monitoring")
        self._training = Training(Jobs(data / "training-jobs"), account, knobs)
        tags = Tags(ACCOUNT, (Kind("training-job", self._training.tags),))
        moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
        operations = {**self._training.operations, **tags.operations}
        doors: list[Door] = [quotas.door, self._monitor.door]
        controls = {"preempt": self._training.preempt, "quota": quotas.turn}
        self._front = Front(operations, doors, controls, knobs, self._memory, moto)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def start(self) -> None:
        self._memory.start()
        self._thread.start()
        self._monitor.start()
        self._training.resume()

    def stop(self) -> None:
        """Nothing stays behind; what is not over goes on after the next start."""
        self._training.leave()
        self._monitor.stop()
        self._server.shutdown()
        self._thread.join()
        self._memory.stop()
        self._server.server_close()
        self._life.release()

    def _serve(self, environ: Any, answer: Any) -> Any:
        return self._front(environ, answer)


__all__ = ["Server", "Timeout"]
