"""What SageMaker looks up of a role and a bucket before it takes a request: in moto's own state, as a call each would cost
every request two more."""

from __future__ import annotations

import json
from typing import Any

from moto import backends
from moto.utilities.utils import get_partition

from tradewind.sandbox.aws.account import ACCOUNT, PRINCIPAL


def has_role(arn: str, region: str) -> bool:
    """A role of this account with this very ARN, path included, that SageMaker may assume."""
    roles = list(_held("iam", region).roles.values())
    return any(role.arn == arn and PRINCIPAL in _text(role.assume_role_policy_document) for role in roles)


def has_bucket(bucket: str, region: str) -> bool:
    return bucket in _held("s3", region).buckets


def _held(service: str, region: str) -> Any:
    return backends.get_backend(service)[ACCOUNT][get_partition(region)]  # type: ignore[call-overload]  # one of moto's many names


def _text(policy: Any) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
