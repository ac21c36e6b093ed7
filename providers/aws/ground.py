"""What a request needs of the foundation: defaults that the `aws:` block may replace."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tradewind.errors import ProviderError
from tradewind.spec.clouds.aws import AwsServe, AwsTrain
from tradewind.values import Foundation


@dataclass(frozen=True)
class Ground:
    region: str
    role: str
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    kms_key: str = ""


def ground(foundation: Foundation, region: str) -> Ground:
    """From the foundation's outputs: `runtime_role`, `subnets` and `security_groups` (comma-separated), `kms_key`.

    A role typed by hand in deploy.yaml is `foundation.identities.runtime`.
    """
    said = foundation.outputs
    role = said.get("runtime_role") or said.get("runtime", "")
    return Ground(
        region, role, _split(said.get("subnets")), _split(said.get("security_groups")),
        said.get("kms_key", ""),
    )  # fmt: skip


def vpc(options: AwsTrain | AwsServe, ground: Ground) -> dict[str, list[str]] | None:
    """VpcConfig, where subnets and security groups are known. Raises ProviderError `invalid` where only one of them is."""
    subnets = options.subnets or ground.subnets
    groups = options.security_groups or ground.security_groups
    if bool(subnets) != bool(groups):
        known, absent = ("subnets", "security_groups") if subnets else ("security_groups", "subnets")
        said = f"{known} are known, but no {absent}: outside of the VPC, it would be where nobody meant it to be"
        raise ProviderError("invalid", said, during="place it in the VPC", code="TW061",
                            hint=f"give `{absent}` too, under `aws:` or among the foundation's outputs")  # fmt: skip
    return {"Subnets": list(subnets), "SecurityGroupIds": list(groups)} if subnets else None


def _split(said: str | None) -> tuple[str, ...]:
    return tuple(part for part in re.split(r"[,\s]+", said or "") if part)
