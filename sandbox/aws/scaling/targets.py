"""Scalable targets and their policies as they are kept. Times are epoch seconds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.records import Records

NAMESPACE, DIMENSION = "sagemaker", "sagemaker:variant:DesiredInstanceCount"
RESOURCE = re.compile(r"endpoint/([^/]+)/variant/([^/]+)")
ROLE = (
    f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.application-autoscaling.amazonaws.com/"
    "AWSServiceRoleForApplicationAutoScaling_SageMakerEndpoint"
)
COOLDOWN = 300  # seconds, the service's default for SageMaker
ACTIVITIES = 100  # of one target
AWAKE = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


@dataclass(frozen=True)
class Policy:
    """Target tracking. `high` and `low` are its alarms; without scaling in there is no `low`."""

    name: str
    arn: str
    config: Mapping[str, Any]
    created: float
    high: str
    low: str

    def cooldown(self, direction: str) -> float:
        """`Out` or `In`, in seconds."""
        said = self.config.get(f"Scale{direction}Cooldown")
        return float(COOLDOWN if said is None else said)

    @property
    def alarms(self) -> tuple[str, ...]:
        return (self.high, self.low) if self.low else (self.high,)


@dataclass(frozen=True)
class Target:
    """`bounded`: the count has been brought into the range since that was set."""

    region: str
    resource: str
    low: int
    high: int
    arn: str
    created: float
    role: str = ROLE
    suspended: Mapping[str, bool] = field(default_factory=lambda: dict(AWAKE))
    tags: Mapping[str, str] = field(default_factory=dict)
    policies: tuple[Policy, ...] = ()
    bounded: bool = False
    activities: tuple[Mapping[str, Any], ...] = ()  # the newest first

    @property
    def place(self) -> tuple[str, str, str]:
        """Region, endpoint, variant."""
        found = RESOURCE.fullmatch(self.resource)
        assert found is not None
        return self.region, found[1], found[2]

    def policy(self, name: str) -> Policy | None:
        return next((policy for policy in self.policies if policy.name == name), None)

    def did(self, activity: Mapping[str, Any]) -> Target:
        """With an activity that is new, or that has gone on."""
        others = [one for one in self.activities if one["ActivityId"] != activity["ActivityId"]]
        return replace(self, activities=(activity, *others)[:ACTIVITIES])

    @property
    def under_way(self) -> Mapping[str, Any] | None:
        return next((one for one in self.activities if one["StatusCode"] == "InProgress"), None)


class Targets:
    """Of all regions. Thread-safe."""

    def __init__(self, folder: Path | None) -> None:
        self._records = Records(folder)

    def get(self, region: str, resource: str) -> Target | None:
        said = self._records.get((region, resource))
        return None if said is None else _recalled(said)

    def all(self, *region: str) -> list[Target]:
        return [_recalled(said) for _, said in self._records.all(*region)]

    def put(self, region: str, resource: str, how: Callable[[Target | None], Target]) -> Target:
        def made(said: Mapping[str, Any] | None) -> Mapping[str, Any]:
            return asdict(how(None if said is None else _recalled(said)))

        kept = self._records.change((region, resource), made)
        assert kept is not None
        return _recalled(kept)

    def change(self, region: str, resource: str, how: Callable[[Target], Target]) -> Target | None:
        """None: it is gone."""

        def changed(said: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
            return None if said is None else asdict(how(_recalled(said)))

        kept = self._records.change((region, resource), changed)
        return None if kept is None else _recalled(kept)

    def drop(self, target: Target) -> None:
        self._records.drop((target.region, target.resource))


def _recalled(said: Mapping[str, Any]) -> Target:
    policies = tuple(Policy(**policy) for policy in said["policies"])
    return Target(**{**said, "policies": policies, "activities": tuple(said["activities"])})
