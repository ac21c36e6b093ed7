"""One job from Starting to its end: the states in their order, the processes, and what the service says of both."""

from __future__ import annotations

import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError

from tradewind.sandbox.aws import transfer
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.logs import Metrics, Stream
from tradewind.sandbox.aws.quotas import Quotas
from tradewind.sandbox.aws.training import allotment, layout, warm
from tradewind.sandbox.aws.training.containers import Containers, NoCommand
from tradewind.sandbox.aws.training.ends import Ended, Interrupted, Left, Wishes
from tradewind.sandbox.aws.training.goods import Goods
from tradewind.sandbox.aws.training.job import Job
from tradewind.sandbox.aws.training.store import Jobs
from tradewind.sandbox.aws.training.warm import Pool

log = logging.getLogger("tradewind.sandbox.aws")

# Seconds at speed 1; the work itself takes what it takes.
STARTING, REUSING, DOWNLOADING, UPLOADING, INTERRUPTED = 60.0, 5.0, 15.0, 10.0, 10.0
INTERNAL = "InternalServerError"  # the service's own fault: what a RetryStrategy is for
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


class Runner:
    """`quotas` say whether the job's instances may be kept in a warm pool afterwards."""

    def __init__(self, job: Job, jobs: Jobs, account: Account, knobs: Knobs, quotas: Quotas, wishes: Wishes) -> None:
        self._job = job
        self._jobs = jobs
        self._knobs = knobs
        self._quotas = quotas
        self._wishes = wishes
        folder = jobs.folder(job)
        self._hosts = layout.hosts(job, folder)
        self._goods = Goods(job, self._hosts, account.client("s3", job.region), folder)
        self._metrics = Metrics(job.request["AlgorithmSpecification"].get("MetricDefinitions") or ())
        epoch = int(time.time())
        logs = account.client("logs", job.region)
        streams = {host.name: Stream(logs, f"{job.name}/{host.name}-{epoch}", self._metrics) for host in self._hosts}
        self._containers = Containers(job, self._hosts, streams, account.url)
        self._ran = 0.0  # seconds that earlier attempts have had

    def run(self) -> None:
        """To the end, whatever comes; the job's record says how it ended."""
        with contextlib.suppress(Left):
            self._conclude(self._live())

    def _live(self) -> Ended:
        """As often as the spot instances come back, and the retries of internal errors last."""
        retries = self._job.retries
        while True:
            end = self._attempt()
            if end is None:
                self._enter("Interrupted")
                self._wishes.preempt.clear()
                self._wishes.leave.wait(self._knobs.pace.scaled(INTERRUPTED))
            elif retries and end.reason.startswith(INTERNAL):
                retries -= 1
                self._enter("Restarting")
            else:
                return end

    def _attempt(self) -> Ended | None:
        """None: it was interrupted."""
        try:
            self._enter("Starting")
            self._wait(self._knobs.pace.scaled(REUSING if self._job.reuses else STARTING))
            if not self._job.reuses and self._knobs.no_capacity():
                return Ended("Failed", reason=CAPACITY)
            self._download()
            return self._train()
        except Left:
            raise
        except Interrupted:
            return None
        except Ended as end:
            return end
        except (ClientError, BotoCoreError, OSError) as error:
            return Ended("Failed", reason=f"{INTERNAL}: {error}")
        except Exception as error:
            log.exception("%s failed", self._job.name)
            return Ended("Failed", reason=f"{INTERNAL}: {type(error).__name__}")

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
        self._containers.clear()
        try:
            for host in self._hosts:
                layout.lay_out(self._job, host, self._hosts)
                self._goods.fill(host)
        except transfer.TransferError as error:
            raise Ended("Failed", reason=f"ClientError: {error}") from error
        self._wait(self._knobs.pace.scaled(DOWNLOADING) - (time.time() - started))

    # --- the processes

    def _train(self) -> Ended:
        self._enter("Training")
        if (reason := self._knobs.failure(self._job.name)) is not None:
            return Ended("Failed", reason=reason)
        began = time.monotonic()
        try:
            self._containers.start()
            end = self._watch()
        except NoCommand:
            return Ended("Failed", reason=NO_IMAGE)
        finally:
            self._containers.close()
            self._ran += time.monotonic() - began
            self._goods.sync()
        return self._collect(end)

    def _watch(self) -> Ended:
        """Until all have ended, one has failed, or the job must end. What the job's end is then."""
        began = flushed = synced = time.monotonic()
        # With retries the time is that of all attempts together (API: StoppingCondition).
        deadline = began + self._job.max_runtime - (self._ran if self._job.retries else 0.0)
        while True:
            codes = self._containers.codes()
            if any(codes):
                return Ended("Failed", reason=self._containers.why(codes))
            if all(code == 0 for code in codes):
                return Ended("Completed")
            now = time.monotonic()
            if now >= deadline:
                self._terminate()
                return Ended("Stopped", "MaxRuntimeExceeded")
            try:
                self._heed()
            except Ended as end:
                self._terminate()
                return end
            except Interrupted:
                self._terminate()
                raise
            if now - flushed > FLUSH:
                flushed = now
                self._containers.flush()
            if now - synced > SYNC:
                synced = now
                self._goods.sync()
            time.sleep(TICK)

    def _terminate(self) -> None:
        self._containers.terminate(self._knobs.pace.patience())

    # --- out

    def _collect(self, end: Ended) -> Ended:
        """Upload what the job leaves."""
        started = time.monotonic()
        self._enter("Uploading")
        try:
            artifacts = self._goods.collect(failed=end.status == "Failed")
        except ClientError as error:
            return Ended("Failed", reason=f"ClientError: Artifact upload failed: {error}")
        found = dict(self._metrics.found)

        def collected(job: Job) -> Job:
            return replace(job, artifacts=artifacts, metrics=found)

        self._change(collected)
        left = self._knobs.pace.scaled(UPLOADING) - (time.monotonic() - started)
        self._wishes.leave.wait(max(0.0, left))
        return end

    def _conclude(self, end: Ended) -> None:
        def over(job: Job) -> Job:
            status = "Stopped" if job.status == "Stopping" else end.status  # who asked for a stop hears that it stopped
            now = time.time()
            done = job.finished(status, now, secondary=end.secondary, reason=end.reason)
            return replace(done, pool=self._pool(done, end, now))

        self._containers.clear()
        self._change(over)

    def _pool(self, job: Job, end: Ended, now: float) -> Pool | None:
        if job.pool is None:
            return None
        fit = warm.retained(job.status, job.started is not None, end.reason)
        fit = fit and allotment.room(job, self._jobs.all(job.region), self._quotas, now)
        return job.pool.kept(now, self._knobs.pace.scaled(warm.period(job.request)) if fit else 0.0)
