"""One job from Starting to its end: the states in their order, the processes, and what the service says of both."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.host.processes import kill_marked
from tradewind.sandbox.aws import transfer
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.logs import Metrics, Stream
from tradewind.sandbox.aws.process import Process, ended
from tradewind.sandbox.aws.training import layout
from tradewind.sandbox.aws.training.job import LONGEST_REASON, Job
from tradewind.sandbox.aws.training.layout import Host
from tradewind.sandbox.aws.training.rules import CHECKPOINTS
from tradewind.sandbox.aws.training.store import Jobs

log = logging.getLogger("tradewind.sandbox.aws")

STARTING, DOWNLOADING, UPLOADING, INTERRUPTED = (
    60.0,
    15.0,
    10.0,
    10.0,
)  # seconds at speed 1; the work itself takes what it takes
TICK = 0.05  # seconds between two looks
FLUSH = 0.5  # seconds between two sendings of lines
SYNC = 5.0  # seconds between two uploads of checkpoints
CAPACITY = (
    "CapacityError: Unable to provision requested ML compute capacity. Please retry using a different ML instance type."
)
NO_IMAGE = (
    "ClientError: This sandbox runs processes, not images: give AlgorithmSpecification.ContainerEntrypoint, "
    "the command that it runs in place of the image's own."
)


class Ended(Exception):
    """The job is over: its status, its last secondary status, the reason."""

    def __init__(self, status: str, secondary: str = "", reason: str = "") -> None:
        super().__init__(reason or status)
        self.status, self.secondary, self.reason = status, secondary, reason


class Interrupted(Exception):
    """The spot instance was taken away."""


class Left(Exception):
    """The emulator itself ends: the job goes on when it is started again."""


@dataclass
class Wishes:
    """What others want of a running job."""

    stop: threading.Event
    preempt: threading.Event
    leave: threading.Event


class Runner:
    def __init__(self, job: Job, jobs: Jobs, account: Account, knobs: Knobs, wishes: Wishes) -> None:
        self._job = job
        self._jobs = jobs
        self._knobs = knobs
        self._wishes = wishes
        self._url = account.url
        self._s3 = account.client("s3", job.region)
        self._folder = jobs.folder(job)
        self._hosts = layout.hosts(job, self._folder)
        self._metrics = Metrics(job.request["AlgorithmSpecification"].get("MetricDefinitions") or ())
        epoch = int(time.time())
        logs = account.client("logs", job.region)
        self._streams = {
            host.name: Stream(logs, f"{job.name}/{host.name}-{epoch}", self._metrics) for host in self._hosts
        }
        self._capacity = False

    def run(self) -> None:
        """To the end, whatever comes; the job's record says how it ended."""
        try:
            self._live()
        except Left:
            return
        except Ended as end:
            self._conclude(end)
        except (ClientError, BotoCoreError, OSError) as error:
            self._conclude(Ended("Failed", reason=f"InternalServerError: {error}"))
        except Exception as error:
            log.exception("%s failed", self._job.name)
            self._conclude(Ended("Failed", reason=f"InternalServerError: {type(error).__name__}"))

    def _live(self) -> None:
        while True:
            try:
                self._enter("Starting")
                self._wait(self._knobs.pace.scaled(STARTING))
                if self._knobs.no_capacity():
                    raise Ended("Failed", reason=CAPACITY)
                self._download()
                self._train()
            except Interrupted:
                self._enter("Interrupted")
                self._wishes.preempt.clear()
                self._wishes.leave.wait(self._knobs.pace.scaled(INTERRUPTED))

    # --- states

    def _enter(self, secondary: str) -> None:
        def entered(job: Job) -> Job:
            return job.entering(secondary, time.time())

        self._change(entered)

    def _change(self, how: Callable[[Job], Job]) -> None:
        self._jobs.change(self._job.region, self._job.name, how)

    def _wait(self, seconds: float) -> None:
        """A state's duration, unless the job is stopped in it."""
        deadline = time.monotonic() + seconds
        while True:
            self._heed()
            left = deadline - time.monotonic()
            if left <= 0:
                return
            time.sleep(min(left, TICK))

    def _heed(self) -> None:
        if self._wishes.leave.is_set():
            raise Left
        if self._wishes.stop.is_set():
            raise Ended("Stopped")
        if self._overdue():
            raise Ended("Stopped", "MaxWaitTimeExceeded")
        if self._wishes.preempt.is_set() and self._now().started is not None:
            raise Interrupted

    def _overdue(self) -> bool:
        wait = self._job.max_wait
        return wait is not None and time.time() - self._job.created > wait

    def _now(self) -> Job:
        return self._jobs.get(self._job.region, self._job.name) or self._job

    # --- in

    def _download(self) -> None:
        started = time.time()

        def downloading(job: Job) -> Job:
            return replace(job, started=job.started or started).entering("Downloading", started)

        self._change(downloading)
        self._clear_instances()
        try:
            for host in self._hosts:
                layout.lay_out(self._job, host, self._hosts)
                self._fill(host)
        except transfer.TransferError as error:
            raise Ended("Failed", reason=f"ClientError: {error}") from error
        self._wait(self._knobs.pace.scaled(DOWNLOADING) - (time.time() - started))

    def _fill(self, host: Host) -> None:
        for channel in self._job.request.get("InputDataConfig") or ():
            source = channel["DataSource"]["S3DataSource"]
            keys = transfer.listed(
                self._s3, source["S3Uri"], region=self._job.region, role=self._job.request["RoleArn"]
            )
            if source.get("S3DataDistributionType") == "ShardedByS3Key":
                keys = sorted(keys)[host.number - 1 :: len(self._hosts)]
            transfer.download(self._s3, source["S3Uri"], keys, host.root / "input" / "data" / channel["ChannelName"])
        if self._checkpoints is not None:
            transfer.resume(self._s3, self._checkpoints, self._checkpoint_folder(host))

    @property
    def _checkpoints(self) -> str | None:
        return (self._job.request.get("CheckpointConfig") or {}).get("S3Uri")

    def _checkpoint_folder(self, host: Host) -> Path:
        return host.inside((self._job.request.get("CheckpointConfig") or {}).get("LocalPath") or CHECKPOINTS)

    # --- the processes

    def _train(self) -> None:
        self._enter("Training")
        if (reason := self._knobs.failure(self._job.name)) is not None:
            raise Ended("Failed", reason=reason)
        port = layout.cluster_port() if len(self._hosts) > 1 else 0
        processes: list[Process] = []
        try:
            for host in self._hosts:
                processes.append(self._launch(host, port))
            end = self._watch(processes)
        finally:
            for process in processes:
                process.clear()
            self._flush()
            self._sync()
        self._collect(end)

    def _launch(self, host: Host, port: int) -> Process:
        argv = layout.command(self._job, host)
        if not argv:
            raise Ended("Failed", reason=NO_IMAGE)
        env = layout.environment(self._job, host, self._hosts, self._url, port)
        return Process(argv, host.root / "code", env, self._streams[host.name].say)

    def _watch(self, processes: list[Process]) -> Ended:
        """Until all have ended, one has failed, or the job must end. What the job's end is then."""
        deadline = time.monotonic() + self._job.max_runtime
        flushed = synced = time.monotonic()
        while True:
            codes = [process.code() for process in processes]
            if any(codes):
                return Ended("Failed", reason=self._why(codes))
            if all(code == 0 for code in codes):
                return Ended("Completed")
            now = time.monotonic()
            if now >= deadline:
                self._terminate(processes)
                return Ended("Stopped", "MaxRuntimeExceeded")
            try:
                self._heed()
            except Ended as end:
                self._terminate(processes)
                return end
            except Interrupted:
                self._terminate(processes)
                raise
            if now - flushed > FLUSH:
                flushed = now
                self._flush()
            if now - synced > SYNC:
                synced = now
                self._sync()
            time.sleep(TICK)

    def _terminate(self, processes: list[Process]) -> None:
        for process in processes:
            process.terminate()
        if not ended(processes, self._knobs.pace.patience()):
            for process in processes:
                process.kill()

    def _flush(self) -> None:
        for stream in self._streams.values():
            stream.flush()

    def _sync(self) -> None:
        if self._checkpoints is not None:
            for host in self._hosts:
                transfer.upload_folder(self._s3, self._checkpoint_folder(host), self._checkpoints, {})

    def _why(self, codes: list[int | None]) -> str:
        number, code = next((number, code) for number, code in enumerate(codes) if code)
        failure = self._hosts[number].root / "output" / "failure"
        said = failure.read_text(encoding="utf-8", errors="replace").strip() if failure.is_file() else ""
        status = code if code > 0 else 128 - code
        ending = f", exit code: {status}"
        return f"AlgorithmError: {said}"[: LONGEST_REASON - len(ending)] + ending

    # --- out

    def _collect(self, end: Ended) -> None:
        """Upload what the job leaves, then be over."""
        started = time.monotonic()
        self._enter("Uploading")
        try:
            artifacts = self._upload(end)
        except ClientError as error:
            raise Ended("Failed", reason=f"ClientError: Artifact upload failed: {error}") from error
        found = dict(self._metrics.found)

        def collected(job: Job) -> Job:
            return replace(job, artifacts=artifacts, metrics=found)

        self._change(collected)
        left = self._knobs.pace.scaled(UPLOADING) - (time.monotonic() - started)
        self._wishes.leave.wait(max(0.0, left))
        raise end

    def _upload(self, end: Ended) -> str:
        """The address of the model; none of a failed job."""
        output = self._job.output
        extra = transfer.encryption(output.get("KmsKeyId"))
        below = f"{output['S3OutputPath'].rstrip('/')}/{self._job.name}/output"
        folders = [("output", [host.root / "output" / "data" for host in self._hosts])]
        if end.status != "Failed":
            folders.append(("model", [host.root / "model" for host in self._hosts]))
        if output.get("CompressionType") == "NONE":
            for name, roots in folders:
                for root in roots:
                    transfer.upload_folder(self._s3, root, f"{below}/{'data' if name == 'output' else name}", extra)
            return f"{below}/model/" if end.status != "Failed" else ""
        for name, roots in folders:
            if name == "model" or any(any(root.iterdir()) for root in roots):
                aside = self._folder / f"{name}.tar.gz"
                transfer.upload_archive(self._s3, roots, f"{below}/{name}.tar.gz", aside, extra)
        return f"{below}/model.tar.gz" if end.status != "Failed" else ""

    def _conclude(self, end: Ended) -> None:
        def over(job: Job) -> Job:
            status = "Stopped" if job.status == "Stopping" else end.status  # who asked for a stop hears that it stopped
            return job.finished(status, time.time(), secondary=end.secondary, reason=end.reason)

        self._clear_instances()
        self._change(over)

    def _clear_instances(self) -> None:
        """The instances are gone, and their disks with them."""
        for host in self._hosts:
            kill_marked(str(host.root.parent))
            shutil.rmtree(host.root.parent, ignore_errors=True)
