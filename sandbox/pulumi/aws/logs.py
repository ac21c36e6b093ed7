"""Groups of logs."""

from __future__ import annotations

from typing import Any

from tradewind.sandbox.pulumi.aws.words import found, moved, unsaid
from tradewind.sandbox.pulumi.carrier import Made, Row, Values

DEFAULTS: Values = {"retentionInDays": 0}


def create(cloud: Any, inputs: Values) -> Made:
    logs, name = cloud.client("logs"), inputs["name"]
    key = {"kmsKeyId": inputs["kmsKeyId"]} if inputs.get("kmsKeyId") else {}
    logs.create_log_group(logGroupName=name, tags=inputs.get("tags") or {}, **key)
    _keeping(logs, name, inputs)
    return name, _told(_group(cloud, name) or {}, inputs)


def read(cloud: Any, id: str, state: Values) -> Values | None:
    seen = _group(cloud, id)
    if seen is None:
        return None
    tags = cloud.client("logs").list_tags_for_resource(resourceArn=_arn(seen))["tags"]
    said = {
        "name": id,
        "retentionInDays": seen.get("retentionInDays", 0),  # none: they stay for ever
        "kmsKeyId": seen.get("kmsKeyId"),
        "tags": tags or None,
    }
    return unsaid(said, state, **DEFAULTS) | _told(seen, {"tags": tags})  # type: ignore[no-any-return]


def update(cloud: Any, id: str, olds: Values, news: Values) -> Values:
    logs = cloud.client("logs")
    _keeping(logs, id, news)
    if news.get("kmsKeyId") and news["kmsKeyId"] != olds.get("kmsKeyId"):
        logs.associate_kms_key(logGroupName=id, kmsKeyId=news["kmsKeyId"])
    elif olds.get("kmsKeyId") and not news.get("kmsKeyId"):
        logs.disassociate_kms_key(logGroupName=id)
    seen = _group(cloud, id) or {}
    gone, tags = moved(olds, news)
    if gone:
        logs.untag_resource(resourceArn=_arn(seen), tagKeys=gone)
    if tags:
        logs.tag_resource(resourceArn=_arn(seen), tags=tags)
    return _told(seen, news)


def delete(cloud: Any, id: str, state: Values) -> None:
    if not state.get("skipDestroy"):
        found(lambda: cloud.client("logs").delete_log_group(logGroupName=id))


def _keeping(logs: Any, name: str, said: Values) -> None:
    if said.get("retentionInDays"):
        logs.put_retention_policy(logGroupName=name, retentionInDays=said["retentionInDays"])
    else:
        logs.delete_retention_policy(logGroupName=name)


def _group(cloud: Any, name: str) -> Values | None:
    pages = cloud.client("logs").get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
    groups = (group for page in pages for group in page["logGroups"])
    return next((group for group in groups if group["logGroupName"] == name), None)


def _arn(seen: Values) -> str:
    """Without the `:*` that CloudWatch Logs ends it with, as the provider tells it."""
    return str(seen["arn"]).removesuffix(":*")


def _told(seen: Values, inputs: Values) -> Values:
    return {"arn": _arn(seen), "tagsAll": inputs.get("tags") or {}}


ROWS = {
    "aws:cloudwatch/logGroup:LogGroup": Row(
        create, read, delete, update, frozenset({"name", "namePrefix", "logGroupClass", "region"}), "name", DEFAULTS
    )
}
