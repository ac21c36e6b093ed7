"""What training uses of the account's quotas: instances that jobs run on, and those that stand in warm pools."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from tradewind.sandbox.aws.quotas import SPOT, TRAINING, WARM, Quotas, named
from tradewind.sandbox.aws.training.job import Job


def check(request: Mapping[str, Any], jobs: Iterable[Job], quotas: Quotas, region: str, now: float) -> None:
    """Raises ServiceError where a job with this request is one too many beside these."""
    use = SPOT if request.get("EnableManagedSpotTraining") else TRAINING
    used = Counter[str]()
    for job in jobs:
        if job.spot == (use == SPOT) and (not job.over or job.pool_at(now).status == "Available"):
            used += instances(job.request)
    for kind, count in instances(request).items():
        quotas.check(region, named(kind, use), used[kind], count)


def room(job: Job, jobs: Iterable[Job], quotas: Quotas, now: float) -> bool:
    """May the job's instances be kept in a warm pool? Where the quota is used up they are not, and nobody is told."""
    pooled = Counter[str]()
    for other in jobs:
        if other.name != job.name and other.pool_at(now).status == "Available":
            pooled += instances(other.request)
    mine = instances(job.request)
    return all(pooled[kind] + count <= quotas.value(job.region, named(kind, WARM)) for kind, count in mine.items())


def instances(request: Mapping[str, Any]) -> Counter[str]:
    """By type."""
    resources = request["ResourceConfig"]
    found = Counter[str]()
    for group in resources.get("InstanceGroups") or [resources]:
        found[group["InstanceType"]] += group["InstanceCount"]
    return found
