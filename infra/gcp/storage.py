"""The bucket: nothing in it is public, what was overwritten can be had back, and scratch goes by itself."""

from __future__ import annotations

from typing import Any

import pulumi_gcp as gcp

from tradewind.infra.gcp.ground import Ground, cut
from tradewind.infra.gcp.keys import Key
from tradewind.infra.made import PUBLISHED, Made

SCRATCH = "scratch/"
# Rooms whose old versions go. A lifecycle rule knows no "all but", so that the ledger and the bundles are left out by name.
AGING = (SCRATCH, "runs/", "models/", "outputs/", "checkpoints/")
SOFT = 7 * 86400  # seconds; Cloud Storage's own default


def rules(ground: Ground) -> list[dict[str, Any]]:
    args = ground.args
    return [
        {
            "action": {"type": "Delete"},
            "condition": {"age": args.scratch_days, "with_state": "ANY", "matches_prefixes": [ground.under(SCRATCH)]},
        },
        {
            "action": {"type": "Delete"},
            "condition": {
                "days_since_noncurrent_time": args.old_version_days,
                "with_state": "ARCHIVED",
                "matches_prefixes": [ground.under(room) for room in AGING],
            },
        },
        {
            "action": {"type": "AbortIncompleteMultipartUpload"},
            "condition": {"age": 7},
        },
    ]


def bucket(ground: Ground, key: Key | None) -> Any:
    """Its name. Names are one space for all of Google's customers: the project's id leads."""
    if ground.args.existing.bucket:
        return ground.args.existing.bucket
    made = gcp.storage.Bucket(
        ground.logical("bucket"),
        project=ground.args.project,
        name=cut(f"{ground.args.project.replace(':', '-').replace('.', '-')}-{ground.title()}", 63),
        location=ground.args.region.upper(),
        storage_class="STANDARD",
        uniform_bucket_level_access=True,
        public_access_prevention="enforced",
        force_destroy=not ground.args.keep_objects,
        versioning={"enabled": True},
        soft_delete_policy={"retention_duration_seconds": SOFT},
        lifecycle_rules=rules(ground),
        encryption={"default_kms_key_name": key.id} if key else None,
        labels=ground.labels,
        opts=ground.opts("bucket", protect=ground.args.protect, depends=key.grants if key else ()),
    )
    return made.name


def publish(ground: Ground, name: Any, made: Made) -> None:
    gcp.storage.BucketObject(
        ground.logical("foundation-json"),
        bucket=name,
        name=ground.under(PUBLISHED),
        content=made.document(),
        content_type="application/json",
        opts=ground.opts("foundation-json"),
    )
