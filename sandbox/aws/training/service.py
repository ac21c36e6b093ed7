"""SageMaker's operations on training jobs and their tags, and the threads that carry the jobs on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.faults import ServiceError, invalid
from tradewind.sandbox.aws.knobs import Knobs
from tradewind.sandbox.aws.listing import Listing, epoch
from tradewind.sandbox.aws.quotas import Quotas
from tradewind.sandbox.aws.tags import Marks, told
from tradewind.sandbox.aws.training import allotment, rules, updating, warm
from tradewind.sandbox.aws.training.ends import Wishes
from tradewind.sandbox.aws.training.job import Job
from tradewind.sandbox.aws.training.runner import Runner
from tradewind.sandbox.aws.training.store import Jobs, Key
from tradewind.sandbox.aws.training.warm import Pool

LEAVING = 20.0  # seconds for the jobs to let go of their processes

LIVE_REGION = "us-east-1"  # of a control that names none

Said = Mapping[str, Any]
LISTING: Listing[Job] = Listing(
    rows="TrainingJobSummaries",
    order="Ascending",
    orders={"Status": lambda job: job.status},
    tests={
        "StatusEquals": lambda job, status: job.status == status,
        "LastModifiedTimeAfter": lambda job, moment: job.modified > epoch(moment),
        "LastModifiedTimeBefore": lambda job, moment: job.modified < epoch(moment),
        "WarmPoolStatusEquals": lambda job, status: job.pool is not None and job.pool_at(time.time()).status == status,
        "TrainingPlanArnEquals": lambda _job, _arn: False,  # no job has a plan here
    },
)


class Training:
    """`operations` are those of the service that are emulated, by name."""

    def __init__(self, jobs: Jobs, account: Account, knobs: Knobs, quotas: Quotas) -> None:
        self._jobs = jobs
        self._account = account
        self._knobs = knobs
        self._quotas = quotas
        self._lock = threading.Lock()
        self._room = threading.Lock()  # from looking at what is used until it is used
        self._running: dict[Key, tuple[Wishes, threading.Thread]] = {}
        self.operations = {
            "CreateTrainingJob": self._create,
            "DescribeTrainingJob": self._describe,
            "ListTrainingJobs": self._list,
            "StopTrainingJob": self._stop,
            "UpdateTrainingJob": self._update,
            "DeleteTrainingJob": self._delete,
        }

    def resume(self) -> None:
        """Jobs that were under way when the emulator ended start anew, with their checkpoints."""
        for job in self._jobs.all():
            if not job.over:
                again = self._jobs.change(job.region, job.name, lambda one: one.entering("Restarting", time.time()))
                self._start(again or job, stopping=job.status == "Stopping")

    def leave(self) -> None:
        """The emulator ends: no process stays behind, and every job is kept as it stands."""
        with self._lock:
            running = list(self._running.values())
        for wishes, _ in running:
            wishes.leave.set()
        deadline = time.monotonic() + LEAVING
        for _, thread in running:
            thread.join(max(0.0, deadline - time.monotonic()))

    def preempt(self, said: Said) -> None:
        """A tester takes the spot instances of a job away."""
        name = said["job"]
        job = self._need(said.get("region", LIVE_REGION), name)
        wishes = self._wishes(job)
        if not job.spot or wishes is None:
            raise invalid(f"{name} does not run on spot instances now")
        wishes.preempt.set()

    def _create(self, said: Said, region: str) -> Said:
        rules.check(said)
        name = said["TrainingJobName"]
        there = self._jobs.get(region, name)
        if there is None:
            rules.check_account(said, self._account, region)
            tags = told(said)
            request = {key: value for key, value in said.items() if key != "Tags"}
            with self._room:
                job, there = self._placed(request, tags, region)
        if there is not None:
            raise ServiceError(
                "ResourceInUse",
                "Job name must be unique within an AWS account and region, "
                f"and a job with this name already exists ({there.arn})",
            )
        self._start(job)
        return {"TrainingJobArn": job.arn}

    def _placed(self, request: Said, tags: Marks, region: str) -> tuple[Job, Job | None]:
        """The job, on the instances of a warm pool that fits or on new ones; and the one that has its name already."""
        now, name = time.time(), request["TrainingJobName"]
        jobs = self._jobs.all(region)
        lender = next(
            (one for one in jobs if one.pool_at(now).status == "Available" and warm.matches(request, one.request)), None
        )
        allotment.check(request, [one for one in jobs if one is not lender], self._quotas, region, now)
        pool = Pool() if warm.period(request) else None
        job = Job(region, name, request, now, now, tags, pool=pool, reuses=lender is not None).entering("Starting", now)
        there = self._jobs.add(job)
        if there is None and lender is not None:
            self._jobs.change(region, lender.name, lambda one: replace(one, pool=one.pool_at(now).taken(now, name)))
        return job, there

    def _describe(self, said: Said, region: str) -> Said:
        return self._need(region, said["TrainingJobName"]).described()

    def _list(self, said: Said, region: str) -> Said:
        return LISTING.page(self._jobs.all(region), said)

    def _stop(self, said: Said, region: str) -> Said:
        refused: list[str] = []

        def stopping(job: Job) -> Job:
            if job.status != "InProgress":
                refused.append(job.status)
                return job
            return replace(job.entering("Stopping", time.time()), status="Stopping")

        job = self._need(region, said["TrainingJobName"])
        self._jobs.change(region, job.name, stopping)
        if refused and refused[0] != "Stopping":
            raise invalid(f"The request was rejected because the training job is in status {refused[0]}.")
        if (wishes := self._wishes(job)) is not None:
            wishes.stop.set()
        return {}

    def _update(self, said: Said, region: str) -> Said:
        updating.check(said)
        job = self._need(region, said["TrainingJobName"])
        self._jobs.change(region, job.name, lambda one: updating.updated(one, said, self._knobs.pace, time.time()))
        return {"TrainingJobArn": job.arn}

    def _delete(self, said: Said, region: str) -> Said:
        job = self._need(region, said["TrainingJobName"])
        if not job.over:
            raise ServiceError("ResourceInUse", f"The training job {job.arn} is in status {job.status}: stop it first.")
        if job.pool_at(time.time()).status == "Available":
            raise ServiceError("ResourceInUse", f"The training job {job.arn} retains a warm pool that is Available.")
        self._jobs.remove(job)
        return {}

    def tags(self, region: str, name: str, how: Callable[[Marks], Marks]) -> Marks | None:
        """Of a job, as `how` changes them; None: there is no such job."""
        job = self._jobs.change(region, name, lambda job: replace(job, tags=how(job.tags)))
        return None if job is None else job.tags

    def _need(self, region: str, name: str) -> Job:
        job = self._jobs.get(region, name)
        if job is None:
            raise invalid("Requested resource not found.")
        return job

    def _wishes(self, job: Job) -> Wishes | None:
        with self._lock:
            running = self._running.get((job.region, job.name))
        return running[0] if running else None

    def _start(self, job: Job, *, stopping: bool = False) -> None:
        wishes = Wishes(threading.Event(), threading.Event(), threading.Event())
        if stopping:
            wishes.stop.set()
        key = job.region, job.name

        def carry() -> None:
            try:
                Runner(job, self._jobs, self._account, self._knobs, self._quotas, wishes).run()
            finally:
                with self._lock:
                    if self._running.get(key, (None,))[0] is wishes:  # else it was deleted, and its name has a new job
                        del self._running[key]

        thread = threading.Thread(target=carry, name=job.name, daemon=True)
        with self._lock:
            self._running[key] = wishes, thread
        if (now := self._jobs.get(*key)) is not None and now.status == "Stopping":
            wishes.stop.set()  # it was stopped before anybody carried it
        thread.start()
