"""The emulator as a server of this process, on loopback only."""

from __future__ import annotations

import os
import socket
from pathlib import Path

from filelock import FileLock, Timeout
from moto.moto_server import werkzeug_app

from tradewind.sandbox.aws import bucket_policies, suspended
from tradewind.sandbox.aws.access import Access
from tradewind.sandbox.aws.account import ACCOUNT, Account
from tradewind.sandbox.aws.catalog import Catalog
from tradewind.sandbox.aws.doors import Door
from tradewind.sandbox.aws.front import Front
from tradewind.sandbox.aws.hosting.runtime import OPERATIONS, Runtime
from tradewind.sandbox.aws.hosting.service import Hosting
from tradewind.sandbox.aws.kept import Memory
from tradewind.sandbox.aws.knobs import Knobs, Pace
from tradewind.sandbox.aws.listener import LOOPBACK, Listener, Loop
from tradewind.sandbox.aws.log_events import LogEvents
from tradewind.sandbox.aws.monitoring.monitor import Monitor
from tradewind.sandbox.aws.quotas import Quotas
from tradewind.sandbox.aws.scaling.scaler import Scaler
from tradewind.sandbox.aws.search import Search
from tradewind.sandbox.aws.tagging import Tagging
from tradewind.sandbox.aws.tags import Kind, Tags
from tradewind.sandbox.aws.training.service import Training
from tradewind.sandbox.aws.training.store import Jobs

PATIENCE = 5.0  # seconds for the emulator that had the folder before


class Server:
    """Raises Timeout where another emulator has the data folder, OSError where the port is taken."""

    def __init__(self, port: int, data: Path, pace: Pace) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self._life = FileLock(data / "life.lock")
        self._life.acquire(timeout=PATIENCE)
        os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        bucket_policies.install()
        suspended.install()
        listening = socket.create_server((LOOPBACK, port))
        self.url = f"http://{LOOPBACK}:{listening.getsockname()[1]}"
        self._loop = Loop()
        self._memory = Memory(data / "account")
        knobs, account = Knobs(pace), Account(self.url)
        quotas = Quotas(data / "quotas")
        self._monitor = Monitor(account, knobs, data / "monitoring")
        self._training = Training(Jobs(data / "training-jobs"), account, knobs, quotas)
        self._hosting = Hosting(data / "hosting", account, knobs, self._monitor, quotas, self._loop.loop)
        self._scaler = Scaler(knobs, self._monitor, self._hosting, data / "scaling")
        self._monitor.watch(self._hosting.machines)
        tags = Tags(ACCOUNT, (Kind("training-job", self._training.tags), *self._hosting.kinds))
        plain = {**self._training.operations, **self._hosting.operations, **tags.operations}
        catalog = Catalog(plain)
        operations = {**plain, **Search(catalog).operations}
        tagging = Tagging(catalog, self._monitor.alarms)
        others = (tagging.door, Access().door, LogEvents().door)
        doors: list[Door] = [quotas.door, self._monitor.door, self._scaler.door, *others]
        turns = {"preempt": self._training.preempt, "quota": quotas.turn, **self._hosting.controls}
        moto = werkzeug_app.DomainDispatcherApplication(werkzeug_app.create_backend_app)
        front = Front(operations, tuple(OPERATIONS.values()), doors, turns, knobs, self._memory, moto)
        runtime = Runtime(
            self._hosting.stage, lambda: self._hosting.client, knobs, self._monitor, self._hosting.capture
        )
        self._listener = Listener(listening, runtime, front)

    def start(self) -> None:
        self._memory.start()
        self._loop.start()
        self._loop.run(self._listener.start())
        self._monitor.start()
        self._scaler.start()
        self._training.resume()
        self._loop.run(self._hosting.resume())

    def stop(self) -> None:
        """Nothing stays behind; what is not over goes on after the next start."""
        self._scaler.stop()
        self._training.leave()
        self._loop.run(self._hosting.leave())
        self._monitor.stop()
        self._loop.run(self._listener.stop())
        self._loop.stop()
        self._memory.stop()
        self._life.release()


__all__ = ["Server", "Timeout"]
