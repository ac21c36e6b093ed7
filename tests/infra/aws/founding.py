"""AwsFoundation on Pulumi's mocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from tests.infra.mocks import Recorded, made
from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.aws.foundation import AwsFoundation

ACCOUNT = "123456789012"
CALLS = {
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:ec2/getVpcEndpointService:getVpcEndpointService": {
        "availabilityZones": ["eu-west-1c", "eu-west-1b", "eu-west-1a", "eu-west-1d"]
    },
    "aws:index/getAvailabilityZones:getAvailabilityZones": {"names": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
}


def found(aliases: Any = None, calls: Mapping[str, Any] = CALLS, **asked: Any) -> Recorded:
    args = AwsFoundationArgs.model_validate({"environment": "dev", "region": "eu-west-1"} | asked)

    def build() -> Any:
        mine = AwsFoundation("tradewind", args, aliases=aliases or {}).made
        return {"root": mine.root, "document": mine.document(), **mine.outputs()}

    return made(build, calls=calls)


def counts(recorded: Recorded) -> Counter[str]:
    return Counter(it.type.split(":")[-1] for it in recorded.resources)
