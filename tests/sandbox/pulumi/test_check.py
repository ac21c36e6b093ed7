"""Check, by the types that each SDK ships: what is told of a slip before anything is made."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.pulumi.talk import UNKNOWN, Talk, Values, secret

BUCKET = "aws:s3/bucket:Bucket"
LIFECYCLE = "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"
RULE: Values = {"id": "old", "status": "Enabled"}


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        (BUCKET, {"buckett": "a"}, "buckett is no property of BucketArgs"),
        (BUCKET, {"forceDestroy": "yes"}, "forceDestroy must be a boolean, not a string"),
        (BUCKET, {"bucket": ["a"]}, "bucket must be a string, not a list"),
        (BUCKET, {"tags": {"a": 1}}, "tags.a must be a string, not a number"),
        (BUCKET, {"tags": "a=b"}, "tags must be a map, not a string"),
        (BUCKET, {"tags": {"a": secret(1)}}, "tags.a must be a string, not a number"),
        ("aws:iam/role:Role", {"name": "a"}, "assumeRolePolicy is required"),
        (LIFECYCLE, {"bucket": "a", "rules": [{"id": "old"}]}, "rules[0].status is required"),
        (
            LIFECYCLE,
            {"bucket": "a", "rules": [{**RULE, "expiration": {"dayz": 3}}]},
            "rules[0].expiration.dayz is no property of BucketLifecycleConfigurationRuleExpirationArgs",
        ),
        (
            LIFECYCLE,
            {"bucket": "a", "rules": [{**RULE, "expiration": {"days": 3.5}}]},
            "rules[0].expiration.days must be a whole number, not a number",
        ),
        ("aws:s3/bucket:Buckett", {}, "aws:s3/bucket:Buckett is no type of aws"),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"retentionInDays": True},
            "retentionInDays must be a whole number, not a boolean",
        ),
    ],
)
def test_a_slip_is_told(token: str, inputs: Values, said: str, aws: Talk) -> None:
    assert said in aws.check(token, inputs)[1]


def test_every_slip_is_told_at_once(aws: Talk) -> None:
    _, failures = aws.check("aws:iam/rolePolicy:RolePolicy", {"nam": "a", "name": 3})
    assert len(failures) == 4  # an unknown name, a wrong kind, and two that are missing


@pytest.mark.parametrize(
    ("token", "inputs", "said"),
    [
        ("gcp:storage/bucket:Bucket", {"name": "a"}, "location is required"),
        (
            "gcp:storage/bucket:Bucket",
            {"location": "EU", "uniformBucketLevelAccess": "true"},
            "uniformBucketLevelAccess must be a boolean, not a string",
        ),
        (
            "gcp:storage/bucket:Bucket",
            {"location": "EU", "versioning": {"enable": True}},
            "versioning.enabled is required",
        ),
    ],
)
def test_a_slip_on_google_is_told(token: str, inputs: Values, said: str, google: Talk) -> None:
    assert said in google.check(token, inputs)[1]


ACCOUNT: dict[str, Any] = {"resourceGroupName": "g", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"kind": "StorageV2", "sku": {"name": "Standard_LRS"}}, "resourceGroupName is required"),
        ({**ACCOUNT, "sku": {}}, "sku.name is required"),
        ({**ACCOUNT, "sku": "Standard_LRS"}, "sku must be a map (SkuArgs), not a string"),
        ({**ACCOUNT, "accessTeir": "Hot"}, "accessTeir is no property of StorageAccountArgs"),
    ],
)
def test_a_slip_on_azure_is_told(inputs: Values, said: str, azure: Talk) -> None:
    assert said in azure.check("azure-native:storage:StorageAccount", inputs)[1]


def test_what_azure_allows_beside_its_list_is_taken(azure: Talk) -> None:
    """The SDK says `str | Kind` there: Azure may know more than it."""
    assert azure.check("azure-native:storage:StorageAccount", {**ACCOUNT, "kind": "StorageV9"})[1] == []


def test_what_is_not_known_yet_may_be_anything(aws: Talk) -> None:
    inputs = {"bucket": UNKNOWN, "rules": [{**RULE, "expiration": {"days": UNKNOWN}}]}
    assert aws.check(LIFECYCLE, inputs) == (inputs, [])
    assert aws.check("aws:iam/role:Role", {"assumeRolePolicy": UNKNOWN, "tags": UNKNOWN})[1] == []


def test_a_name_is_made_up_once(aws: Talk) -> None:
    first, _ = aws.check(BUCKET, {}, name="Logs")
    assert first["bucket"].startswith("logs-")
    assert aws.check(BUCKET, {}, first, name="Logs")[0] == first, "the name it has already stays"
    assert aws.check(BUCKET, {"bucketPrefix": "mine-"})[0] == {"bucketPrefix": "mine-"}
