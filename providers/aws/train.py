"""Training jobs of SageMaker. Each call looks, makes at most one write, and returns; the service is the only memory."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import names, train_request, train_status
from tradewind.providers.aws.errors import ask
from tradewind.providers.aws.ground import Ground
from tradewind.providers.aws.logs import Log
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.train_look import Jobs
from tradewind.values import JobStatus, LogPage, Run

LOG_GROUP = "/aws/sagemaker/TrainingJobs"
FIRST_LINE = timedelta(seconds=15)  # after the end even a stream is there: one is made when a container first prints


class AwsTrainer:
    """Safe from many threads."""

    def __init__(self, session: Session, ground: Ground) -> None:
        self._session = session
        self._ground = ground
        self._jobs = Jobs(session)

    def ensure(self, run: Run) -> JobStatus:
        during = f"submit job {run.name}"
        if not names.fits(run.name):
            said = f"{run.name!r} is no name for a job: letters, digits and single -, at most {names.LONGEST}"
            raise ProviderError("invalid", said, during=during, code="TW061")
        job = self._jobs.find(run.name, during) or self._submit(run, during)
        if job is None:
            return train_status.submitted(run.digest)
        digest = self._jobs.digest(job, during)
        if digest != run.digest:
            said = f"a job {run.name} is there, and it computes something else ({digest or 'it is not ours'})"
            raise ProviderError("conflict", said, during=during, code="TW302")
        return train_status.of_job(job, digest)

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        return self._jobs.statuses(names, "look at jobs" if len(names) != 1 else f"look at job {next(iter(names))}")

    def stop(self, name: str) -> None:
        during = f"stop job {name}"
        job = self._jobs.find(name, during)
        if job is None or not _runs(job):
            return
        client = self._session.client("sagemaker")
        try:
            ask(during, client.stop_training_job, TrainingJobName=name)
        except ProviderError as error:
            # It ended meanwhile: "rejected because the training job is in status ...", or it is gone.
            if error.kind not in ("invalid", "missing"):
                raise
            job = self._jobs.find(name, during)
            if job is not None and _runs(job):
                raise

    def delete(self, name: str) -> None:
        """One write a call: stop it, give its warm pool back, remove its log, stream by stream, and last its record.

        To be called until the job is not there any more.
        """
        during = f"delete job {name}"
        job = self._jobs.find(name, during)
        if job is None or job["TrainingJobStatus"] in ("Stopping", "Deleting"):
            return
        if not train_status.over(job):
            self.stop(name)
            return
        client = self._session.client("sagemaker")
        if job.get("WarmPoolStatus", {}).get("Status") == "Available":  # it is billed, and keeps the record from going
            released = {"KeepAlivePeriodInSeconds": 0}
            ask(during, client.update_training_job, TrainingJobName=name, ResourceConfig=released)
            return
        if self._delete_a_stream(name, during):
            return
        try:
            ask(during, client.delete_training_job, TrainingJobName=name)
        except ProviderError as error:
            if error.kind not in ("missing", "conflict"):  # conflict: not at rest yet, the next call tries again
                raise

    def logs(self, name: str, cursor: str | None) -> LogPage:
        """The end is told once `Traits.log_lag` has passed since the last container ended, and a look finds nothing more.

        A look is DescribeTrainingJob, DescribeLogStreams and, of each stream, two GetLogEvents at its end.
        """
        during = f"read the log of job {name}"
        job = self._jobs.find(
            name, during
        )  # before the lines: what a job that ends in between writes is read once more
        if job is None:
            raise ProviderError("missing", "there is no such job", during=during, code="TW413")
        since = _quiet(job)
        read = self._log(name, during).read(cursor, settled=since is not None and since >= _lag())
        return LogPage(read.lines, read.cursor, _ended(since, read.streams) and read.done)

    def _submit(self, run: Run, during: str) -> dict[str, Any] | None:
        """None: accepted. The job that has this name, where there is one all the same: our own, of an answer that was lost."""
        client = self._session.client("sagemaker")
        try:
            ask(during, client.create_training_job, "TrainingJobArn", **train_request.request(run, self._ground))
        except ProviderError as error:
            if error.kind != "conflict" or (job := self._jobs.find(run.name, during)) is None:
                raise
            return job
        return None

    def _delete_a_stream(self, name: str, during: str) -> bool:
        log = self._log(name, during)
        for stream in log.names():
            said = {"logGroupName": LOG_GROUP, "logStreamName": log.prefix + stream}
            try:
                ask(during, self._session.client("logs").delete_log_stream, **said)
            except ProviderError as error:
                if error.kind != "missing":
                    raise
            return True
        return False

    def _log(self, name: str, during: str) -> Log:
        return Log(self._session, LOG_GROUP, f"{name}/", during, _host)


def _lag() -> timedelta:
    """So long after its last container ended, what a job has printed is in CloudWatch."""
    return names.traits(os.environ).log_lag


def _runs(job: Mapping[str, Any]) -> bool:
    return not train_status.over(job) and job["TrainingJobStatus"] not in ("Stopping", "Deleting")


def _quiet(job: Mapping[str, Any]) -> timedelta | None:
    """For how long a job that is over has printed nothing; None for one that is not over.

    By AWS's own clock, in the answer's header: this machine's may be wrong.
    """
    if not train_status.over(job):
        return None
    since = train_status.quiet_since(job)
    if since is None:
        return timedelta.max
    said = job.get("ResponseMetadata", {}).get("HTTPHeaders", {}).get("date")
    try:
        now = parsedate_to_datetime(said or "")
    except ValueError:  # none, or not the service's
        now = datetime.now(UTC)
    return (now if now.tzinfo else now.replace(tzinfo=UTC)) - since


def _ended(quiet: timedelta | None, streams: int) -> bool:
    return quiet is not None and (streams > 0 or quiet >= FIRST_LINE)


def _host(stream: str) -> str:
    """algo-1 of algo-1-1700000000."""
    return stream.rpartition("-")[0] or stream
