"""Scalable targets and their policies as they are kept. Times are epoch seconds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.shelf import Shelf

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
    def name(self) -> str:
        """That it is kept by."""
        return self.resource

    def record(self) -> dict[str, Any]:
        return asdict(self)

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


Targets = Shelf[Target]  # of all regions


def shelf(folder: Path | None) -> Targets:
    return Shelf(folder, _recalled)


def _recalled(said: Mapping[str, Any]) -> Target:
    policies = tuple(Policy(**policy) for policy in said["policies"])
    return Target(**{**said, "policies": policies, "activities": tuple(said["activities"])})
