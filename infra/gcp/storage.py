"""The bucket: nothing in it is public, what was overwritten can be had back, and scratch goes by itself."""

from __future__ import annotations

from typing import Any

import pulumi_gcp as gcp

from tradewind.infra import layout
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp.ground import Ground, cut
from tradewind.infra.gcp.keys import Key
from tradewind.infra.made import Made

SOFT = 7 * 86400  # seconds; Cloud Storage's own default


def rules(args: GcpFoundationArgs) -> list[dict[str, Any]]:
    """Deleting a live object of a versioned bucket leaves it as an old version: the second rule is what ends it."""
    return [
        {
            "action": {"type": "Delete"},
            "condition": {"age": args.scratch_days, "with_state": "LIVE", "matches_prefixes": [layout.scratch(args)]},
        },
        {
            "action": {"type": "Delete"},
            "condition": {
                "days_since_noncurrent_time": args.old_version_days,
                "with_state": "ARCHIVED",
                "matches_prefixes": list(layout.aging(args)),
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
        lifecycle_rules=rules(ground.args),
        encryption={"default_kms_key_name": key.id} if key else None,
        labels=ground.labels,
        opts=ground.opts("bucket", protect=ground.args.protect, depends=key.grants if key else ()),
    )
    return made.name


def publish(ground: Ground, name: Any, made: Made) -> None:
    gcp.storage.BucketObject(
        ground.logical("foundation-json"),
        bucket=name,
        name=layout.published(ground.args),
        content=made.document(),
        content_type="application/json",
        opts=ground.opts("foundation-json"),
    )
