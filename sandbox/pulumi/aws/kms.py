"""Keys, and the names that they go by."""

from __future__ import annotations

from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, moved, unsaid
from tradewind.sandbox.pulumi.carrier import FILLED, Made, Row, Values

# What a key is made with, and cannot be given later.
DEFAULTS: Values = {"description": "", "enableKeyRotation": False, "isEnabled": True, "policy": FILLED}
MADE_WITH = {"keyUsage": "KeyUsage", "customerMasterKeySpec": "KeySpec", "multiRegion": "MultiRegion"}


def create(cloud: Any, inputs: Values) -> Made:
    kms = cloud.client("kms")
    names = {**MADE_WITH, "description": "Description", "policy": "Policy"}
    more = {there: inputs[here] for here, there in names.items() if here in inputs}
    made = kms.create_key(Tags=_pairs(inputs.get("tags") or {}), **more)["KeyMetadata"]
    id = made["KeyId"]
    _turning(kms, id, inputs)
    if inputs.get("isEnabled") is False:
        kms.disable_key(KeyId=id)
    return id, _told(made, inputs)


def read(cloud: Any, id: str, state: Values) -> Values | None:
    """A key that waits for its deletion is gone: nothing can be done with it but to take it back."""
    kms = cloud.client("kms")
    answer = found(lambda: kms.describe_key(KeyId=id))
    if answer is None or answer["KeyMetadata"]["KeyState"] == "PendingDeletion":
        return None
    seen = answer["KeyMetadata"]
    tags = {tag["TagKey"]: tag["TagValue"] for tag in kms.list_resource_tags(KeyId=id)["Tags"]}
    policy = kms.get_key_policy(KeyId=id, PolicyName="default")["Policy"]
    said = {
        "description": seen["Description"],
        "enableKeyRotation": kms.get_key_rotation_status(KeyId=id)["KeyRotationEnabled"],
        "isEnabled": seen["Enabled"],
        "tags": tags or None,
        **({"policy": policy} if "policy" in state or not state else {}),
    }
    return unsaid(said, state, **DEFAULTS) | _told(seen, {"tags": tags})  # type: ignore[no-any-return]


def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    kms = cloud.client("kms")
    kms.update_key_description(KeyId=id, Description=news.get("description", ""))
    if "policy" in news:
        kms.put_key_policy(KeyId=id, PolicyName="default", Policy=news["policy"])
    (kms.disable_key if news.get("isEnabled") is False else kms.enable_key)(KeyId=id)
    _turning(kms, id, news)
    gone, tags = moved(olds, news)
    if gone:
        kms.untag_resource(KeyId=id, TagKeys=gone)
    if tags:
        kms.tag_resource(KeyId=id, Tags=_pairs(tags))
    return _told(kms.describe_key(KeyId=id)["KeyMetadata"], news)


def delete(cloud: Any, id: str, state: Values) -> None:
    """KMS deletes nothing at once: a key waits 7 to 30 days."""
    if read(cloud, id, state) is not None:
        cloud.client("kms").schedule_key_deletion(KeyId=id, PendingWindowInDays=state.get("deletionWindowInDays", 30))


def _turning(kms: Any, id: str, said: Values) -> None:
    days = {"RotationPeriodInDays": said["rotationPeriodInDays"]} if "rotationPeriodInDays" in said else {}
    if said.get("enableKeyRotation"):
        kms.enable_key_rotation(KeyId=id, **days)
    else:
        kms.disable_key_rotation(KeyId=id)


def _told(seen: Values, inputs: Values) -> Values:
    return {"arn": seen["Arn"], "keyId": seen["KeyId"], "tagsAll": inputs.get("tags") or {}}


def _pairs(tags: dict[str, str]) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in sorted(tags.items())]


def create_alias(cloud: Any, inputs: Values) -> Made:
    cloud.client("kms").create_alias(AliasName=inputs["name"], TargetKeyId=inputs["targetKeyId"])
    return inputs["name"], _alias(cloud, inputs["name"])


def read_alias(cloud: Any, id: str, state: Values) -> Values | None:
    seen = _alias(cloud, id)
    return {"name": id, **seen, "targetKeyId": _as_said(seen, state)} if seen else None


def update_alias(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    cloud.client("kms").update_alias(AliasName=id, TargetKeyId=news["targetKeyId"])
    return _alias(cloud, id)


def delete_alias(cloud: Any, id: str, state: Values) -> None:
    found(lambda: cloud.client("kms").delete_alias(AliasName=id))


def _alias(cloud: Any, name: str) -> Values:
    """KMS has no call for one alias; empty where there is none of that name."""
    kms = cloud.client("kms")
    for page in kms.get_paginator("list_aliases").paginate():
        for one in page["Aliases"]:
            if one["AliasName"] == name and "TargetKeyId" in one:
                key = kms.describe_key(KeyId=one["TargetKeyId"])["KeyMetadata"]["Arn"]
                return {"arn": one["AliasArn"], "targetKeyArn": key}
    return {}


def _as_said(seen: Values, state: Values) -> str:
    """By id or by ARN, as it was asked for."""
    arn: str = seen["targetKeyArn"]
    return arn if str(state.get("targetKeyId", "")).startswith("arn:") else arn.rpartition("/")[2]


ROWS = {
    "aws:kms/key:Key": Row(
        create, read, delete, update, frozenset({*MADE_WITH, "customKeyStoreId", "region"}), "", DEFAULTS
    ),
    "aws:kms/alias:Alias": Row(
        create_alias, read_alias, delete_alias, update_alias, frozenset({"name", "namePrefix", "region"})
    ),
}
