"""The fake's jobs: everything is in the cloud's memory and follows its clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from fakes.cloud import FakeCloud, Job
from fakes.server import check_name, error, page
from tradewind.values import JOB_DONE, JobStatus, LogPage, Run


class FakeTrainer:
    def __init__(self, cloud: FakeCloud) -> None:
        self.cloud = cloud

    def ensure(self, run: Run) -> JobStatus:
        during = f"submit job {run.name}"
        self.cloud.faults.call(during)
        check_name(run.name, during)
        with self.cloud.lock:
            job = self.cloud.jobs.get(run.name)
            if job is not None and job.run.digest != run.digest:
                raise error("conflict", "a job of that name computes something else", during)
            if job is None:
                behaviour = self.cloud.job_behaviours.get(run.digest, self.cloud.default_job)
                job = Job(run, behaviour, self.cloud.clock.now())
                jobs, made = self.cloud.jobs, job
                self.cloud.write("submit", run.name, lambda: jobs.update({run.name: made}), run.digest)
        return self._status(job)

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        self.cloud.faults.call("read the state of jobs")
        with self.cloud.lock:
            jobs = [self.cloud.jobs[name] for name in names if name in self.cloud.jobs]
        return {job.run.name: self._status(job) for job in jobs}

    def stop(self, name: str) -> None:
        self.cloud.faults.call(f"stop job {name}")
        with self.cloud.lock:
            job = self.cloud.jobs.get(name)
            if job is not None and job.stopped is None and self._status(job).state not in JOB_DONE:
                stopped = self.cloud.clock.now()
                self.cloud.write("stop", name, lambda: setattr(job, "stopped", stopped))

    def delete(self, name: str) -> None:
        self.cloud.faults.call(f"delete job {name}")
        with self.cloud.lock:
            if name in self.cloud.jobs:
                self.cloud.write("delete_job", name, lambda: self.cloud.jobs.pop(name))

    def logs(self, name: str, cursor: str | None) -> LogPage:
        during = f"read the log of job {name}"
        self.cloud.faults.call(during)
        with self.cloud.lock:
            job = self.cloud.jobs.get(name)
            if job is None:
                raise error("missing", "no such job", during)
            now = self.cloud.clock.now()
            return page(job.lines(now), cursor, name, job.status(now).state in JOB_DONE)

    def _status(self, job: Job) -> JobStatus:
        status = job.status(self.cloud.clock.now())
        if status.state == "succeeded":
            self.cloud.succeeded(job)
        return status
