"""How much of what stands in the emulated account, asked by its own wire."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.furnish import HOME_REGION

# kind -> service, operation, the list in its answer, and what the call needs
KINDS: Mapping[str, tuple[str, str, str, Mapping[str, Any]]] = {
    "training jobs": ("sagemaker", "list_training_jobs", "TrainingJobSummaries", {}),
    "models": ("sagemaker", "list_models", "Models", {}),
    "endpoint configurations": ("sagemaker", "list_endpoint_configs", "EndpointConfigs", {}),
    "endpoints": ("sagemaker", "list_endpoints", "Endpoints", {}),
    "scalable targets": ("application-autoscaling", "describe_scalable_targets", "ScalableTargets",
                         {"ServiceNamespace": "sagemaker"}),
    "alarms": ("cloudwatch", "describe_alarms", "MetricAlarms", {}),
    "log groups": ("logs", "describe_log_groups", "logGroups", {}),
    "secrets": ("secretsmanager", "list_secrets", "SecretList", {}),
}  # fmt: skip


def counted(account: Account) -> dict[str, dict[str, int]]:
    """By region and kind; under "" what belongs to no region, or is counted over all of them."""
    return {"": _everywhere(account), **{region: _inside(account, region) for region in _regions(account)}}


def until_served(account: Account, patience: float) -> bool:
    """Until no endpoint is brought back any more, as after a restart; False where one still is when `patience` is over."""
    deadline, where = time.monotonic() + patience, _regions(account)
    while any(_waking(account, region) for region in where):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def _waking(account: Account, region: str) -> bool:
    said = account.client("sagemaker", region).list_endpoints(StatusEquals="SystemUpdating")
    return bool(said["Endpoints"])


def _regions(account: Account) -> tuple[str, ...]:
    """Where something may stand: SageMaker needs a bucket in its own region."""
    s3 = account.client("s3", HOME_REGION)
    names = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    found = {s3.get_bucket_location(Bucket=name).get("LocationConstraint") or HOME_REGION for name in names}
    return tuple(sorted(found | {HOME_REGION}))


def _inside(account: Account, region: str) -> dict[str, int]:
    return {kind: sum(1 for _ in _listed(account, region, *how)) for kind, how in KINDS.items()}


def _everywhere(account: Account) -> dict[str, int]:
    s3 = account.client("s3", HOME_REGION)
    buckets = [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]
    objects = sum(1 for name in buckets for _ in _paged(s3, "list_objects_v2", "Contents", {"Bucket": name}))
    roles = sum(1 for _ in _paged(account.client("iam", HOME_REGION), "list_roles", "Roles", {}))
    return {"buckets": len(buckets), "objects": objects, "roles": roles}


def _listed(
    account: Account, region: str, service: str, operation: str, key: str, said: Mapping[str, Any]
) -> Iterator[Any]:
    try:
        yield from _paged(account.client(service, region), operation, key, said)
    except ClientError as error:
        if error.response["Error"]["Code"] != "UnknownOperationException":  # what cannot be made is not there
            raise


def _paged(client: Any, operation: str, key: str, said: Mapping[str, Any]) -> Iterator[Any]:
    for page in client.get_paginator(operation).paginate(**said):
        yield from page.get(key, ())
