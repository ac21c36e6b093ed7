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
    keeps = kind in _BUCKETS and not (row.get("inputs") or {}).get("forceDestroy")
    return Standing(row["urn"], kind, row["urn"].rpartition("::")[2], bool(row.get("protect")), keeps)
