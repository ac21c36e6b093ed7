"""What a stack's exported state says of each resource (apitype.DeploymentV3 of github.com/pulumi/pulumi)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tradewind.infra.results import Standing

_BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2", "gcp:storage/bucket:Bucket")
_ENGINES_OWN = "pulumi:"


def standing(deployment: Mapping[str, Any]) -> tuple[Standing, ...]:
    """Without stacks and providers, and without what is only looked at: those are no resource of ours."""
    rows = deployment.get("resources") or ()
    return tuple(
        _one(row)
        for row in rows
        if not str(row["type"]).startswith(_ENGINES_OWN) and not row.get("external") and not row.get("delete")
    )


def _one(row: Mapping[str, Any]) -> Standing:
    kind = str(row["type"])
    return Standing(
        row["urn"],
        kind,
        row["urn"].rpartition("::")[2],
        bool(row.get("protect")),
        _keeps(kind, row.get("inputs") or {}),
    )


def _keeps(kind: str, inputs: Mapping[str, Any]) -> bool:
    """Azure would delete a container with what it holds: ours says in its metadata whether it may (infra/azure/storage.py)."""
    if kind == "azure-native:storage:BlobContainer":
        return bool((inputs.get("metadata") or {}).get("keepobjects") == "true")
    return kind in _BUCKETS and not inputs.get("forceDestroy")


def begun(deployment: Mapping[str, Any]) -> tuple[str, ...]:
    """URNs that a run which was killed was making: they may stand in the cloud, and the state knows no id of them."""
    rows = deployment.get("pending_operations") or ()
    return tuple(row["resource"]["urn"] for row in rows if row.get("type") == "creating")


def may_forget(deployment: Mapping[str, Any]) -> bool:
    """Whether all that such a run was making came into the state since."""
    known = {row["urn"] for row in deployment.get("resources") or ()}
    urns = begun(deployment)
    return bool(urns) and known.issuperset(urns)
