"""UpdateTrainingJob: a warm pool's time, and profiling and debugging of a job that runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.knobs import Pace
from tradewind.sandbox.aws.training.job import Job

Said = Mapping[str, Any]
RUNNING = ("ProfilerConfig", "ProfilerRuleConfigurations", "RemoteDebugConfig")


def check(said: Said) -> None:
    """Raises ServiceError where there is nothing to update."""
    if not any(said.get(name) is not None for name in (*RUNNING, "ResourceConfig")):
        raise invalid(
            f"At least one of {', '.join((*RUNNING, 'ResourceConfig'))} must be given to update a training job."
        )


def updated(job: Job, said: Said, pace: Pace, now: float) -> Job:
    """Raises ServiceError where the job's state does not allow it."""
    changed = {name: said[name] for name in RUNNING if said.get(name) is not None}
    if changed and job.status != "InProgress":
        raise invalid(
            f"{', '.join(changed)} can only be updated while the training job is InProgress; it is {job.status}."
        )
    if isinstance(changed.get("ProfilerConfig"), Mapping):
        changed["ProfilerConfig"] = {**(job.request.get("ProfilerConfig") or {}), **changed["ProfilerConfig"]}
    job = replace(job, request={**job.request, **changed}, modified=now)
    if said.get("ResourceConfig") is None:
        return job
    pool, seconds = job.pool_at(now), int(said["ResourceConfig"]["KeepAlivePeriodInSeconds"])
    if pool.status != "Available":
        raise invalid(
            "KeepAlivePeriodInSeconds can only be updated while the warm pool of the training job is Available; it is "
            f"{pool.status}."
        )
    resources = {**job.request["ResourceConfig"], "KeepAlivePeriodInSeconds": seconds}
    return replace(
        job, pool=pool.extended(now, pace.scaled(seconds)), request={**job.request, "ResourceConfig": resources}
    )
