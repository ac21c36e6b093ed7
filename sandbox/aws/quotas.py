"""Service quotas of SageMaker's instances: what the account may use at a time, as Service Quotas shows it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import ServiceError, invalid
from tradewind.sandbox.aws.pages import page
from tradewind.sandbox.aws.records import Records
from tradewind.sandbox.aws.validation import model
from tradewind.sandbox.aws.wire import Wire

SERVICE, NAME = "sagemaker", "Amazon SageMaker"
TRAINING, SPOT, WARM, HOSTING = "training job", "spot training job", "training warm pool", "endpoint"
DEFAULT = 1000.0  # instances: an emulated account is generous unless it is told otherwise
EVERYWHERE = "*"
PAGE = 100
STRANGE = ServiceError("InvalidPaginationTokenException", "Invalid token was provided.")
Said = Mapping[str, Any]


def named(instance: str, use: str) -> str:
    """The quota's own name: `ml.g5.xlarge for spot training job usage`."""
    return f"{instance} for {use} usage"


@cache
def names() -> tuple[str, ...]:
    shapes = model().shape_for("TrainingInstanceType").enum, model().shape_for("ProductionVariantInstanceType").enum
    training = [named(kind, use) for kind in shapes[0] for use in (TRAINING, SPOT, WARM)]
    return tuple(sorted([*training, *(named(kind, HOSTING) for kind in shapes[1])]))


@cache
def code(name: str) -> str:
    return f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"


class Quotas:
    """`door` answers Service Quotas for SageMaker; `turn` is the control by which a tester sets one."""

    def __init__(self, folder: Path | None = None) -> None:
        self._records = Records(folder)
        self.door = Wire(
            "service-quotas",
            {
                "ListServiceQuotas": lambda said, region: self._list(said, region, default=False),
                "ListAWSDefaultServiceQuotas": lambda said, region: self._list(said, region, default=True),
                "ListServices": lambda _said, _region: {"Services": [{"ServiceCode": SERVICE, "ServiceName": NAME}]},
                "RequestServiceQuotaIncrease": _no_increase,
                "GetServiceQuota": lambda said, region: self._get(said, region, default=False),
                "GetAWSDefaultServiceQuota": lambda said, region: self._get(said, region, default=True),
            },
        )

    def value(self, region: str, name: str) -> float:
        """Of a quota, in instances."""
        for place in (region, EVERYWHERE):
            if (said := self._records.get((place, name))) is not None:
                return float(said["value"])
        return DEFAULT

    def check(self, region: str, name: str, used: int, more: int) -> None:
        """Raises ServiceError where `more` instances on top of those `used` would be too many."""
        limit = self.value(region, name)
        if more > 0 and used + more > limit:
            raise ServiceError(
                "ResourceLimitExceeded",
                f"The account-level service limit '{name}' is {limit:.0f} Instances, with current utilization of {used} "
                f"Instances and a request delta of {more} Instances. Please use AWS Service Quotas to request an increase "
                "for this quota. If AWS Service Quotas is not available, contact AWS support to request an increase for "
                "this quota.",
            )

    def turn(self, said: Said) -> None:
        """Set the quota of this name, in one region or everywhere. Raises ServiceError for a name that is none."""
        name, region = said["name"], said.get("region", EVERYWHERE)
        if name not in names():
            raise invalid(f"no such quota: {name}; they are named like '{named('ml.g5.xlarge', SPOT)}'")
        self._records.put((region, name), {"value": said["value"]})

    def _list(self, said: Said, region: str, *, default: bool) -> Said | None:
        if said["ServiceCode"] != SERVICE:
            return None
        found = [name for name in names() if said.get("QuotaCode") in (None, code(name))]
        shown, token = page(found, said, size=PAGE, refused=STRANGE)
        return {"Quotas": [self._shown(name, region, default=default) for name in shown], **token}

    def _get(self, said: Said, region: str, *, default: bool) -> Said | None:
        if said["ServiceCode"] != SERVICE:
            return None
        name = next((name for name in names() if code(name) == said["QuotaCode"]), None)
        if name is None:
            raise ServiceError(
                "NoSuchResourceException", "The request failed because the specified quota does not exist."
            )
        return {"Quota": self._shown(name, region, default=default)}

    def _shown(self, name: str, region: str, *, default: bool) -> dict[str, Any]:
        return {
            "ServiceCode": SERVICE,
            "ServiceName": NAME,
            "QuotaArn": f"arn:aws:servicequotas:{region}:{ACCOUNT}:{SERVICE}/{code(name)}",
            "QuotaCode": code(name),
            "QuotaName": name,
            "Value": DEFAULT if default else self.value(region, name),
            "Unit": "None",
            "Adjustable": True,
            "GlobalQuota": False,
        }


def _no_increase(said: Said, _: str) -> Said:
    raise ServiceError(
        "IllegalArgumentException",
        f"Nobody grants increases in this sandbox ({said['QuotaCode']}): set a quota by POST /_sandbox/quota.",
    )
