"""The bucket: private, versioned, encrypted, over https only. Published outputs lie in it."""

from __future__ import annotations

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra import layout
from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.aws.ground import Ground, cut

LONGEST = 63  # of a bucket's name


def bucket(ground: Ground, key: pulumi.Output[str] | None) -> tuple[pulumi.Output[str], list[Any]]:
    """Its name, and what must stand before anything is put there. Nothing of an existing one is changed."""
    if ground.args.existing.bucket:
        return pulumi.Output.from_input(ground.args.existing.bucket), []
    made = aws.s3.Bucket(
        ground.logical("bucket"),
        bucket=ground.account.apply(lambda it: cut(f"{ground.title()}-{it}-{ground.args.region}", LONGEST)),
        force_destroy=not ground.args.keep_objects,
        tags=ground.tags,
        opts=ground.opts("bucket", protect=ground.args.protect),
    )
    private = aws.s3.BucketPublicAccessBlock(
        ground.logical("bucket-private"),
        bucket=made.bucket,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        opts=ground.opts("bucket-private"),
    )
    owner = aws.s3.BucketOwnershipControls(
        ground.logical("bucket-owner"),
        bucket=made.bucket,
        rule={"object_ownership": "BucketOwnerEnforced"},
        opts=ground.opts("bucket-owner"),
    )
    versions = aws.s3.BucketVersioning(
        ground.logical("bucket-versions"),
        bucket=made.bucket,
        versioning_configuration={"status": "Enabled"},
        opts=ground.opts("bucket-versions"),
    )
    encryption: dict[str, Any] = {"sse_algorithm": "AES256"}
    if key is not None:
        encryption = {"sse_algorithm": "aws:kms", "kms_master_key_id": key}
    encrypted = aws.s3.BucketServerSideEncryptionConfiguration(
        ground.logical("bucket-encryption"),
        bucket=made.bucket,
        rules=[{"apply_server_side_encryption_by_default": encryption, "bucket_key_enabled": key is not None}],
        opts=ground.opts("bucket-encryption"),
    )
    aws.s3.BucketLifecycleConfiguration(
        ground.logical("bucket-lifecycle"),
        bucket=made.bucket,
        rules=lifecycle(ground.args),
        opts=ground.opts("bucket-lifecycle", depends=[versions]),
    )
    aws.s3.BucketPolicy(
        ground.logical("bucket-policy"),
        bucket=made.bucket,
        policy=pulumi.Output.all(ground.partition, made.bucket).apply(lambda it: https_only(*it)),
        opts=ground.opts("bucket-policy", depends=[private]),
    )
    return made.bucket, [private, owner, versions, encrypted]


def lifecycle(args: AwsFoundationArgs) -> list[dict[str, Any]]:
    """A filter cannot leave a prefix out, so what ages is named: ledger, bundles and models keep all their versions."""
    old = {"noncurrent_days": args.old_version_days}
    scratch = {
        "id": "scratch",
        "status": "Enabled",
        "filter": {"prefix": layout.scratch(args)},
        "expiration": {"days": args.scratch_days},
        "noncurrent_version_expiration": old,
    }
    aging = [
        {
            "id": f"old-versions-{prefix.strip('/').replace('/', '-')}",
            "status": "Enabled",
            "filter": {"prefix": prefix},
            "expiration": {
                "expired_object_delete_marker": True
            },  # what a deleted object leaves, once no version is there
            "noncurrent_version_expiration": old,
        }
        for prefix in layout.aging(args)
        if prefix != layout.scratch(args)
    ]
    unfinished = {
        "id": "unfinished-uploads",
        "status": "Enabled",
        "filter": {"prefix": ""},
        "abort_incomplete_multipart_upload": {"days_after_initiation": 7},
    }
    return [scratch, *aging, unfinished]


def https_only(partition: str, name: str) -> str:
    arn = f"arn:{partition}:s3:::{name}"
    plain = {
        "Sid": "HttpsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [plain]}, sort_keys=True)


def publish(ground: Ground, bucket: pulumi.Output[str], document: pulumi.Output[str], after: list[Any]) -> None:
    """foundation.json in the bucket, and the same in the parameter store, which costs nothing for 4 KB."""
    aws.s3.BucketObjectv2(
        ground.logical("published"),
        bucket=bucket,
        key=layout.published(ground.args),
        content=document,
        content_type="application/json",
        tags=ground.few_tags,
        opts=ground.opts("published", depends=after),
    )
    aws.ssm.Parameter(
        ground.logical("parameter"),
        name=f"/tradewind/{ground.args.name}/{ground.args.environment}/foundation",
        type="String",
        insecure_value=document,  # `value` would be hidden as a secret, and this is none
        tags=ground.tags,
        opts=ground.opts("parameter"),
    )
