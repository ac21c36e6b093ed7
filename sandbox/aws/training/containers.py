"""A job's containers, one process an instance: started together, ended together, and what they said at their end."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Mapping, Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.host.processes import kill_marked
from tradewind.sandbox.aws.logs import Stream
from tradewind.sandbox.aws.process import Process, ended
from tradewind.sandbox.aws.training import layout
from tradewind.sandbox.aws.training.job import LONGEST_REASON, Job
from tradewind.sandbox.aws.training.layout import Host

log = logging.getLogger("tradewind.sandbox.aws")


class NoCommand(Exception):
    """The request leaves the command to an image, and there are no images here."""


class Containers:
    """`url` is the emulator's, for programs that call AWS."""

    def __init__(self, job: Job, hosts: Sequence[Host], streams: Mapping[str, Stream], url: str) -> None:
        self._job = job
        self._hosts = hosts
        self._streams = streams
        self._url = url
        self._processes: list[Process] = []

    def start(self) -> None:
        """Raises NoCommand, and OSError."""
        port = layout.cluster_port() if len(self._hosts) > 1 else 0
        for host in self._hosts:
            argv = layout.command(self._job, host)
            if not argv:
                raise NoCommand
            env = layout.environment(self._job, host, list(self._hosts), self._url, port)
            self._processes.append(Process(argv, host.root / "code", env, self._streams[host.name].say))

    def codes(self) -> list[int | None]:
        """None: it runs."""
        return [process.code() for process in self._processes]

    def terminate(self, patience: float) -> None:
        """Whoever has not ended `patience` seconds after being asked is killed."""
        for process in self._processes:
            process.terminate()
        if not ended(self._processes, patience):
            for process in self._processes:
                process.kill()

    def close(self) -> None:
        """Nothing of them stays, and their last lines are sent."""
        for process in self._processes:
            process.clear()
        self._processes.clear()
        self.flush()

    def flush(self) -> None:
        """What cannot be sent now is sent the next time."""
        for stream in self._streams.values():
            try:
                stream.flush()
            except (ClientError, BotoCoreError) as error:
                log.warning("lines of %s wait: %s", self._job.name, error)

    def why(self, codes: Sequence[int | None]) -> str:
        """FailureReason of a job of which one has failed."""
        number, code = next((number, code) for number, code in enumerate(codes) if code)
        failure = self._hosts[number].root / "output" / "failure"
        said = failure.read_text(encoding="utf-8", errors="replace").strip() if failure.is_file() else ""
        ending = f", exit code: {code if code > 0 else 128 - code}"
        return f"AlgorithmError: {said}"[: LONGEST_REASON - len(ending)] + ending

    def clear(self) -> None:
        """The instances are gone, and their disks with them."""
        for host in self._hosts:
            if not host.root.parent.exists():  # nothing was laid out, so nothing ran
                continue
            kill_marked(str(host.root.parent))
            shutil.rmtree(host.root.parent, ignore_errors=True)
