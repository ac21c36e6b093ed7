"""The fake cloud's memory: jobs, endpoints, seats, traffic through time. Providers on it come and go like processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fakes.clock import FakeClock
from fakes.faults import Faults, JobBehaviour, VersionBehaviour, Write
from tradewind.engine.clock import Clock
from tradewind.providers.base import Check
from tradewind.values import JobStatus, Metrics, Run, Seen, Version


@dataclass
class Job:
    run: Run
    behaviour: JobBehaviour
    submitted: datetime
    stopped: datetime | None = None

    def status(self, now: datetime) -> JobStatus:
        starts = self.submitted + self.behaviour.starts
        ends = starts + min(self.behaviour.runs, self.run.max_runtime) + self.behaviour.waits
        if self.stopped is not None and self.stopped <= now and self.stopped < ends:
            began = starts if starts <= self.stopped else None
            return JobStatus("stopped", "Stopped", "stopped on request", started=began, ended=self.stopped,
                             digest=self.run.digest)  # fmt: skip
        if now < starts:
            return JobStatus("queued", "Pending", digest=self.run.digest)
        taken = starts + self.behaviour.runs / 2
        if taken <= now < taken + self.behaviour.waits:
            return JobStatus("queued", "Interrupted", started=starts, digest=self.run.digest)
        if now < ends:
            return JobStatus("running", "InProgress", started=starts, digest=self.run.digest)
        return self._ended(starts, ends)

    def _ended(self, starts: datetime, ends: datetime) -> JobStatus:
        digest, billed = self.run.digest, ends - starts
        if self.behaviour.runs > self.run.max_runtime:
            return JobStatus("failed", "MaxRuntimeExceeded", f"ran past max_runtime ({self.run.max_runtime})",
                             started=starts, ended=ends, billed=billed, failure="timeout", digest=digest)  # fmt: skip
        if self.behaviour.preempted:
            return JobStatus("failed", "Preempted", "the machine was taken away", started=starts, ended=ends,
                             billed=billed, failure="preempted", digest=digest)  # fmt: skip
        if self.behaviour.no_machine:
            return JobStatus(
                "failed", "Failed", "no machine of that kind is free", ended=ends, failure="capacity", digest=digest
            )
        if self.behaviour.fails:
            return JobStatus("failed", "Failed", self.behaviour.fails, started=starts, ended=ends, billed=billed,
                             digest=digest)  # fmt: skip
        return JobStatus("succeeded", "Completed", model=f"{self.run.output}/model", started=starts, ended=ends,
                         billed=billed, digest=digest)  # fmt: skip

    def lines(self, now: datetime) -> tuple[str, ...]:
        state = self.status(now).state
        if state in ("queued", "starting"):
            return ()
        if state == "running":
            return self.behaviour.lines
        tail = (self.behaviour.fails,) if self.behaviour.fails and state == "failed" else ()
        return (*self.behaviour.lines, *tail)


@dataclass
class Seat:
    """A version in its slot. `now` is the replica count that an autoscaler would have moved."""

    version: Version
    since: datetime
    now: int

    def seen(self, at: datetime, behaviour: VersionBehaviour) -> Seen:
        v, up = self.version, at >= self.since + behaviour.starts
        if up and behaviour.crashes:
            return Seen(v.slot, v.digest, False, True, v.min, v.max, 0, "Failed", behaviour.crashes[-1])
        if not up or behaviour.never_ready:
            return Seen(v.slot, v.digest, False, False, v.min, v.max, 0, "Creating")
        return Seen(v.slot, v.digest, True, False, v.min, v.max, self.now, "InService")


@dataclass
class Endpoint:
    name: str
    tags: Mapping[str, str]
    seats: dict[str, Seat] = field(default_factory=dict)
    traffic: dict[str, int] = field(default_factory=dict)
    mirror: dict[str, int] = field(default_factory=dict)
    past: list[tuple[datetime, dict[str, int]]] = field(default_factory=list)  # since when which shares
    requests_a_second: float = 0.0
    served: dict[str, int] = field(default_factory=dict)  # by slot, requests of `invoke`
    deleted: datetime | None = None  # since when it is on its way out
    native: NativeMove | None = None
    back: tuple[str, str] = ("", "")  # digest whose native rollout went back, and why


@dataclass
class NativeMove:
    """A rollout that the cloud runs by itself."""

    seat: Seat
    since: datetime
    steps: tuple[int, ...]
    bake: timedelta
    error_rate: float | None
    p95: timedelta | None


class FakeCloud:
    """Shared by every provider object that is connected to it. All reads and writes hold `lock`."""

    def __init__(self, clock: Clock | None = None, *, metrics_lag: timedelta = timedelta(0)) -> None:
        self.clock: Clock = clock or FakeClock()
        self.metrics_lag = metrics_lag
        self.lock = threading.RLock()
        self.faults = Faults()
        self.jobs: dict[str, Job] = {}
        self.endpoints: dict[str, Endpoint] = {}
        self.kept_logs: dict[
            tuple[str, str], tuple[str, ...]
        ] = {}  # (endpoint, slot): of versions that failed and are gone
        self.writes: list[Write] = []
        self.on_write: Callable[[Write], None] | None = None  # after it happened; may raise, as a kill would
        self.on_success: Callable[[Run], None] | None = None  # once, when a job is first seen succeeded
        self.job_behaviours: dict[str, JobBehaviour] = {}
        self.version_behaviours: dict[str, VersionBehaviour] = {}
        self.default_job = JobBehaviour()
        self.default_version = VersionBehaviour()
        self.deleting = timedelta(0)  # how long an endpoint takes to go
        self.checks: list[Check] = []  # what the preflight says
        self._reported: set[str] = set()

    # What tests say

    def job(self, digest: str, behaviour: JobBehaviour) -> None:
        """How a job with this digest will behave, also one already there."""
        with self.lock:
            self.job_behaviours[digest] = behaviour
            for job in self.jobs.values():
                if job.run.digest == digest:
                    job.behaviour = behaviour

    def version(self, digest: str, behaviour: VersionBehaviour) -> None:
        """How a version with this digest behaves from now on, past requests included."""
        with self.lock:
            self.version_behaviours[digest] = behaviour

    def load(self, endpoint: str, requests_a_second: float) -> None:
        """People call the endpoint at this rate, spread by its shares; metrics come out of it."""
        with self.lock:
            self.endpoints[endpoint].requests_a_second = requests_a_second

    def scale(self, endpoint: str, slot: str, now: int) -> None:
        """As an autoscaler would."""
        with self.lock:
            self.endpoints[endpoint].seats[slot].now = now

    # What providers use

    def write(self, op: str, subject: str, act: Callable[[], object], detail: str = "") -> None:
        during = f"{op} {subject}"
        with self.lock:
            lost = self.faults.before(during)
            act()
            write = Write(op, subject, detail, self.clock.now())
            self.writes.append(write)
        if self.on_write is not None:
            self.on_write(write)
        if lost:
            raise self.faults.lost(during)

    def behaviour(self, version: Version) -> VersionBehaviour:
        return self.version_behaviours.get(version.digest, self.default_version)

    def seen(self, endpoint: Endpoint) -> tuple[Seen, ...]:
        now = self.clock.now()
        return tuple(seat.seen(now, self.behaviour(seat.version)) for _, seat in sorted(endpoint.seats.items()))

    def set_traffic(self, endpoint: Endpoint, traffic: Mapping[str, int], mirror: Mapping[str, int]) -> None:
        endpoint.traffic = {slot: share for slot, share in traffic.items() if share}
        endpoint.mirror = {slot: share for slot, share in mirror.items() if share}
        endpoint.past.append((self.clock.now(), dict(endpoint.traffic)))

    def succeeded(self, job: Job) -> None:
        with self.lock:
            if job.run.name in self._reported:
                return
            self._reported.add(job.run.name)
        if self.on_success is not None:
            self.on_success(job.run)

    def metrics(self, endpoint: Endpoint, window: timedelta) -> dict[str, Metrics]:
        until = self.clock.now() - self.metrics_lag
        found = {}
        for slot, seat in endpoint.seats.items():
            seconds = _share_seconds(endpoint.past, slot, max(seat.since, until - window), until)
            requests = int(seconds * endpoint.requests_a_second) + endpoint.served.get(slot, 0)
            behaviour = self.behaviour(seat.version)
            errors = int(requests * behaviour.error_rate)
            found[slot] = Metrics(requests, errors, behaviour.p95 if requests else None, until)
        return found


def _share_seconds(past: list[tuple[datetime, dict[str, int]]], slot: str, start: datetime, end: datetime) -> float:
    """Seconds between start and end, each weighted by the share that `slot` had."""
    total = 0.0
    ends = [since for since, _ in past[1:]] + [end]
    for (since, shares), until in zip(past, ends, strict=True):
        span = (min(until, end) - max(since, start)).total_seconds()
        total += max(0.0, span) * shares.get(slot, 0) / 100
    return total
