"""Bucket policies, judged with their conditions. moto denies whatever has a condition that does not hold, also what it forbids.

The emulator speaks plain http on loopback and stands for a service that was called by https: aws:SecureTransport is true.
Source: the S3 user guide's "Policies and permissions", and IAM's policy evaluation logic.
"""

from __future__ import annotations

from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from tradewind.sandbox.aws import policies

_CONTEXT = {"aws:securetransport": ("true",)}
_RESULTS = {policies.ALLOWED: PermissionResult.PERMITTED, policies.DENIED: PermissionResult.DENIED}


def install() -> None:
    """For every bucket of this process."""
    FakeBucket.get_permission = _permission  # type: ignore[method-assign,assignment]  # moto has no other seam for it


def _permission(bucket: Any, action: str, resource: str) -> PermissionResult:
    if bucket.policy is None:
        return PermissionResult.NEUTRAL
    try:
        policy = policies.read(bucket.name, "bucket", bucket.policy.decode())
    except policies.Malformed:
        return PermissionResult.NEUTRAL
    found = policies.decide([policy], action, resource, _CONTEXT)
    return _RESULTS.get(found.verdict, PermissionResult.NEUTRAL)
