"""Warm pools: instances that a job leaves behind for the next one like it. Source: the guide, "SageMaker managed warm pools"."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

Request = Mapping[str, Any]
MATCHING = ("InstanceCount", "InstanceType", "VolumeKmsKeyId", "VolumeSizeInGB")  # of ResourceConfig
FLAGS = ("EnableInterContainerTrafficEncryption", "EnableNetworkIsolation")
KEEPING = ("Completed", "Stopped")
HARMLESS = ("AlgorithmError", "ClientError")  # failures that say nothing against the instances


@dataclass(frozen=True)
class Pool:
    """A job's. `since` and `until` are when it is Available, in epoch seconds; `by` is the job that took it."""

    status: str = "InUse"
    since: float = 0.0
    until: float = 0.0
    by: str = ""

    def at(self, now: float) -> Pool:
        """As it is by then: nothing happens at its end but that it is gone."""
        over = self.status == "Available" and now >= self.until
        return replace(self, status="Terminated") if over else self

    def shown(self, now: float) -> dict[str, Any]:
        """As WarmPoolStatus is told."""
        pool = self.at(now)
        billed = max(0, math.ceil(pool.until - pool.since))
        ended = {"ResourceRetainedBillableTimeInSeconds": billed} if pool.status in ("Reused", "Terminated") else {}
        return {"Status": pool.status, **ended, **({"ReusedByJob": pool.by} if pool.by else {})}

    def kept(self, now: float, seconds: float) -> Pool:
        """Available from now on; for no time at all it is gone."""
        return Pool("Available" if seconds > 0 else "Terminated", now, now + seconds)

    def extended(self, now: float, seconds: float) -> Pool:
        """With another time from when it became available."""
        return replace(self, until=max(self.since + seconds, now))

    def taken(self, now: float, job: str) -> Pool:
        return replace(self, status="Reused", until=now, by=job)


def period(request: Request) -> int:
    """Seconds that the instances are kept for; 0: they are not."""
    return int((request.get("ResourceConfig") or {}).get("KeepAlivePeriodInSeconds") or 0)


def retained(status: str, started: bool, reason: str) -> bool:
    """Does a job that ends like this leave its instances in a fit state?"""
    if status == "Failed":
        return started and reason.startswith(HARMLESS)
    return started and status in KEEPING


def matches(one: Request, other: Request) -> bool:
    """May a job with one request run on the instances of the other's?"""
    return _needs(one) == _needs(other)


def _needs(request: Request) -> tuple[Any, ...]:
    resources, network = request.get("ResourceConfig") or {}, request.get("VpcConfig") or {}
    return (
        request["RoleArn"],
        *(resources.get(name) for name in MATCHING),
        *(sorted(network.get(name) or ()) for name in ("SecurityGroupIds", "Subnets")),
        *(bool(request.get(name)) for name in FLAGS),
        bool(request.get("EnableManagedSpotTraining") or resources.get("InstanceGroups")),
    )
