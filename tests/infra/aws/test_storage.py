"""The bucket on AWS: what ages, what stays, what an existing one is spared, and what is published where."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.infra.aws.founding import counts, found
from tests.infra.mocks import Recorded

CONFIGURED = {
    "BucketPublicAccessBlock": -1,
    "BucketOwnershipControls": -1,
    "BucketVersioning": -1,
    "BucketServerSideEncryptionConfiguration": -1,
    "BucketLifecycleConfiguration": -1,
    "BucketPolicy": -1,
    "Bucket": -1,
}


def rules(recorded: Recorded) -> dict[str, Any]:
    (made,) = recorded.of("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration")
    return {it["filter"]["prefix"]: it for it in made.inputs["rules"]}


def test_scratch_goes_by_age_and_old_versions_with_it() -> None:
    one = rules(found(scratch_days=3, old_version_days=9))["tradewind/scratch/"]
    assert one["expiration"] == {"days": 3}
    assert one["noncurrentVersionExpiration"] == {"noncurrentDays": 9}


def test_of_projects_only_outputs_and_checkpoints_lose_old_versions() -> None:
    made = rules(found(projects=["churn", "rank"], old_version_days=9))
    rooms = {f"tradewind/{name}/dev/{room}/" for name in ("churn", "rank") for room in ("outputs", "checkpoints")}
    assert made.keys() == {"tradewind/scratch/", *rooms, ""}
    assert all("days" not in made[it]["expiration"] for it in rooms)  # nothing that is current goes
    assert all(made[it]["noncurrentVersionExpiration"] == {"noncurrentDays": 9} for it in rooms)
    assert "expiration" not in made[""]
    assert len({it["id"] for it in made.values()}) == len(made)


@pytest.mark.parametrize(("prefix", "begins"), [("", ""), ("a/b", "a/b/"), ("/a/", "a/")])
def test_the_prefix_is_one_for_all_that_lies_in_the_bucket(prefix: str, begins: str) -> None:
    recorded = found(prefix=prefix)
    assert f"{begins}scratch/" in rules(recorded)
    (published,) = recorded.of("aws:s3/bucketObjectv2:BucketObjectv2")
    assert published.inputs["key"] == f"{begins}foundation.json"
    assert recorded.outputs["root"] == f"s3://{published.inputs['bucket']}/{begins}".rstrip("/")


def test_nothing_of_a_bucket_that_is_there_is_changed() -> None:
    plain, now = counts(found()), counts(found(existing={"bucket": "theirs"}))
    assert {kind: now[kind] - plain[kind] for kind in plain if now[kind] != plain[kind]} == CONFIGURED
    recorded = found(existing={"bucket": "theirs"})
    assert recorded.outputs["root"] == "s3://theirs/tradewind"
    assert recorded.of("aws:s3/bucketObjectv2:BucketObjectv2")[0].inputs["bucket"] == "theirs"


@pytest.mark.parametrize("keep", [True, False])
def test_what_a_bucket_holds_goes_only_where_that_was_asked(keep: bool) -> None:
    (bucket,) = found(keep_objects=keep).of("aws:s3/bucket:Bucket")
    assert bucket.inputs["forceDestroy"] is not keep


def test_it_is_encrypted_by_the_key_that_is_made_given_or_the_cloud_s_own() -> None:
    def by(**asked: Any) -> dict[str, Any]:
        recorded = found(**asked)
        (one,) = recorded.of("aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration")
        assert one.inputs["rules"][0]["bucketKeyEnabled"] is ("kms_key" in recorded.outputs)
        default: dict[str, Any] = one.inputs["rules"][0]["applyServerSideEncryptionByDefault"]
        assert default.get("kmsMasterKeyId") == recorded.outputs.get("kms_key")
        return default

    assert by() == {"sseAlgorithm": "AES256"}
    assert by(key="own")["sseAlgorithm"] == "aws:kms"
    theirs = "arn:aws:kms:eu-west-1:123456789012:key/k"
    assert by(existing={"kms_key": theirs})["kmsMasterKeyId"] == theirs


def test_only_https_is_answered() -> None:
    (policy,) = found().of("aws:s3/bucketPolicy:BucketPolicy")
    (one,) = json.loads(policy.inputs["policy"])["Statement"]
    assert (one["Effect"], one["Principal"], one["Condition"]) == (
        "Deny",
        "*",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def test_the_parameter_says_what_the_file_says_and_is_no_secret() -> None:
    recorded = found()
    (parameter,) = recorded.of("aws:ssm/parameter:Parameter")
    assert parameter.inputs["name"] == "/tradewind/tradewind/dev/foundation"
    assert parameter.inputs["insecureValue"] == recorded.outputs["document"]
    assert parameter.secrets == ()


def test_an_object_has_ten_tags_and_ours_among_them() -> None:
    (published,) = found(tags={f"team-{it}": "x" for it in range(12)}).of("aws:s3/bucketObjectv2:BucketObjectv2")
    assert len(published.inputs["tags"]) == 10
    assert {"tradewind-environment", "tradewind-name", "managed-by"} <= published.inputs["tags"].keys()
