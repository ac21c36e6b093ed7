"""What says where everything stands is written by `up` alone: a condition on who else writes in the bucket. No Pulumi."""

from __future__ import annotations

from collections.abc import Sequence

WRITING = ("storage.objects.create", "storage.objects.delete", "storage.objects.update")
TITLE = "all but what is published"


def parted(allowed: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is allowed on all objects, and what on all but that one."""
    return tuple(it for it in allowed if it not in WRITING), tuple(it for it in allowed if it in WRITING)


def expression(bucket: str, key: str) -> str:
    """Needs a bucket with uniform access ("Conditions on buckets")."""
    return f'resource.name != "projects/_/buckets/{bucket}/objects/{key}"'
