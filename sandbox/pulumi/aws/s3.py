"""Buckets, what they are set to, and objects."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, mapping, ours, pairs, theirs, unsaid
from tradewind.sandbox.pulumi.carrier import Made, Row, Values

HOME = "us-east-1"  # the one region that a bucket there must not name
BLOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")


def create_bucket(cloud: Any, inputs: Values) -> Made:
    name, s3 = inputs["bucket"], cloud.client("s3")
    # S3 in us-east-1 answers 200 for a bucket that one has already; the provider asks first.
    if found(lambda: s3.head_bucket(Bucket=name)) is not None:
        raise FileExistsError(f"BucketAlreadyOwnedByYou: {name}")
    where = {} if cloud.region == HOME else {"CreateBucketConfiguration": {"LocationConstraint": cloud.region}}
    s3.create_bucket(Bucket=name, **where)
    _tag(s3, name, inputs)
    return name, _told(cloud, name, inputs)


def _tag(s3: Any, name: str, inputs: Values) -> None:
    if inputs.get("tags"):
        s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": pairs(inputs["tags"])})
    else:
        s3.delete_bucket_tagging(Bucket=name)


def _told(cloud: Any, name: str, inputs: Values) -> Values:
    return {
        "bucket": name,
        "arn": f"arn:aws:s3:::{name}",
        "region": cloud.region,
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{cloud.region}.amazonaws.com",
        "tagsAll": inputs.get("tags") or {},
    }


def read_bucket(cloud: Any, id: str, state: Values) -> Values | None:
    s3 = cloud.client("s3")
    if found(lambda: s3.head_bucket(Bucket=id)) is None:
        return None
    tags = found(lambda: s3.get_bucket_tagging(Bucket=id)) or {"TagSet": []}
    return {"bucket": id, "tags": mapping(tags["TagSet"]), "arn": f"arn:aws:s3:::{id}"}


def update_bucket(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    _tag(cloud.client("s3"), id, news)
    return _told(cloud, id, news)


def delete_bucket(cloud: Any, id: str, state: Values) -> None:
    s3 = cloud.client("s3")
    if state.get("forceDestroy") and found(lambda: s3.head_bucket(Bucket=id)) is not None:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=id):
            for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
                s3.delete_object(Bucket=id, Key=one["Key"], VersionId=one["VersionId"])
    found(lambda: s3.delete_bucket(Bucket=id))


def _setting(
    put: Callable[[Any, Values], None],
    get: Callable[[Any, str], Any],
    drop: Callable[[Any, str], object],
    **defaults: Any,
) -> Row:
    """What a bucket is set to: its id is the bucket's name, and putting it twice is the same as once."""

    def create(cloud: Any, inputs: Values) -> Made:
        put(cloud.client("s3"), inputs)
        return inputs["bucket"], {}

    def read(cloud: Any, id: str, state: Values) -> Values | None:
        seen = found(lambda: get(cloud.client("s3"), id))
        return None if seen is None else unsaid({"bucket": id, **seen}, state, **defaults)

    def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
        put(cloud.client("s3"), news)
        return {}

    def delete(cloud: Any, id: str, state: Values) -> None:
        found(lambda: drop(cloud.client("s3"), id))

    return Row(create, read, delete, update, frozenset({"bucket", "region"}), "", defaults)


VERSIONING = _setting(
    lambda s3, said: s3.put_bucket_versioning(
        Bucket=said["bucket"], VersioningConfiguration=theirs(said["versioningConfiguration"])
    ),
    lambda s3, name: {
        "versioningConfiguration": {"status": s3.get_bucket_versioning(Bucket=name).get("Status", "Disabled")}
    },
    lambda s3, name: s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Suspended"}),
)
ENCRYPTION = _setting(
    lambda s3, said: s3.put_bucket_encryption(
        Bucket=said["bucket"], ServerSideEncryptionConfiguration={"Rules": theirs(said["rules"])}
    ),
    lambda s3, name: {
        "rules": ours(s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"])
    },
    lambda s3, name: s3.delete_bucket_encryption(Bucket=name),
)
ACCESS = _setting(
    lambda s3, said: s3.put_public_access_block(
        Bucket=said["bucket"],
        PublicAccessBlockConfiguration=theirs({block: bool(said.get(block)) for block in BLOCKS}),
    ),
    lambda s3, name: ours(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"]),
    lambda s3, name: s3.delete_public_access_block(Bucket=name),
    **dict.fromkeys(BLOCKS, False),
)
LIFECYCLE = _setting(
    lambda s3, said: s3.put_bucket_lifecycle_configuration(
        Bucket=said["bucket"],
        LifecycleConfiguration={"Rules": [theirs({"filter": {}, **rule}) for rule in said["rules"]]},
    ),
    lambda s3, name: {"rules": ours(s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"])},
    lambda s3, name: s3.delete_bucket_lifecycle(Bucket=name),
)
OWNERSHIP = _setting(
    lambda s3, said: s3.put_bucket_ownership_controls(
        Bucket=said["bucket"], OwnershipControls={"Rules": [theirs(said["rule"])]}
    ),
    lambda s3, name: {"rule": ours(s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"][0])},
    lambda s3, name: s3.delete_bucket_ownership_controls(Bucket=name),
)
POLICY = _setting(
    lambda s3, said: s3.put_bucket_policy(Bucket=said["bucket"], Policy=said["policy"]),
    lambda s3, name: {"policy": s3.get_bucket_policy(Bucket=name)["Policy"]},
    lambda s3, name: s3.delete_bucket_policy(Bucket=name),
)


def put_object(cloud: Any, inputs: Values) -> Made:
    asset = inputs.get("source") or {}
    body = inputs.get("content", asset.get("text"))
    body = Path(asset["path"]).read_bytes() if body is None and asset.get("path") else (body or "").encode()
    kind = {"ContentType": inputs["contentType"]} if "contentType" in inputs else {}
    made = cloud.client("s3").put_object(Bucket=inputs["bucket"], Key=inputs["key"], Body=body, **kind)
    arn = f"arn:aws:s3:::{inputs['bucket']}/{inputs['key']}"
    return inputs["key"], {"etag": made["ETag"].strip('"'), "versionId": made.get("VersionId", ""), "arn": arn}


def read_object(cloud: Any, id: str, state: Values) -> Values | None:
    s3 = cloud.client("s3")
    where = state or _place(id)
    seen = found(lambda: s3.get_object(Bucket=where["bucket"], Key=where["key"]))
    if seen is None:
        return None
    if state:
        return {"content": seen["Body"].read().decode()} if "content" in state else {}
    return {**where, "content": seen["Body"].read().decode(), "contentType": seen["ContentType"]}


def _place(id: str) -> Values:
    """As an object is named to be imported."""
    bucket, _, key = id.removeprefix("s3://").partition("/")
    return {"bucket": bucket, "key": key}


def update_object(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    return put_object(cloud, news)[1]


def delete_object(cloud: Any, id: str, state: Values) -> None:
    """With every version of it, as the provider does."""
    s3 = cloud.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=state["bucket"], Prefix=state["key"]):
        for one in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            if one["Key"] == state["key"]:
                s3.delete_object(Bucket=state["bucket"], Key=one["Key"], VersionId=one["VersionId"])


BUCKET = Row(
    create_bucket, read_bucket, delete_bucket, update_bucket, frozenset({"bucket", "bucketPrefix", "region"}), "bucket"
)
OBJECT = Row(put_object, read_object, delete_object, update_object, frozenset({"bucket", "key"}), "key")
ROWS = {
    "aws:s3/bucket:Bucket": BUCKET,
    "aws:s3/bucketV2:BucketV2": BUCKET,
    "aws:s3/bucketVersioning:BucketVersioning": VERSIONING,
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": ENCRYPTION,
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": ACCESS,
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": LIFECYCLE,
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": OWNERSHIP,
    "aws:s3/bucketPolicy:BucketPolicy": POLICY,
    "aws:s3/bucketObjectv2:BucketObjectv2": OBJECT,
    "aws:s3/bucketObject:BucketObject": OBJECT,
}
