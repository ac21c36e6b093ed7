"""A foundation with all that it may be asked for, on the real engine: made once, mended where somebody changed it, and gone."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from pulumi import automation

from tests.infra.engine import programs
from tests.infra.engine.inventory import left
from tradewind.infra.arguments import BY_CLOUD, Cloud
from tradewind.infra.program import build
from tradewind.sandbox.pulumi import Attached

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

COMMON: Mapping[str, Any] = {
    "environment": "dev",
    "key": "own",
    "network": {"nat": True},
    "budget": {"month": "99.5"},
    "mails": ["team@acme.com"],
    "watch": [{"endpoint": "fraud", "p95": "200ms", "max_replicas": 3}],
    "github": {"repository": "acme/fraud"},
    "projects": ["fraud"],
    "secrets": ["hub-token"],
    "tags": {"team": "ml"},
    "protect": False,
}
PLACES: Mapping[Cloud, Mapping[str, Any]] = {
    "aws": {"region": "eu-west-1"},
    "gcp": {"project": "acme-project", "region": "europe-west4", "billing_account": "0A1B2C-3D4E5F-6A7B8C"},
    "azure": {"region": "westeurope", "subscription": "11111111-2222-3333-4444-555555555555"},
}
Change = Callable[[Any, Attached, Mapping[str, Any]], None]


def _a_policy_goes(account: Any, attached: Attached, outputs: Mapping[str, Any]) -> None:
    """What keeps the bucket to https is taken away, and versions are no longer kept."""
    s3, bucket = account.client("s3", "eu-west-1"), outputs["root"].split("/")[2]
    s3.delete_bucket_policy(Bucket=bucket)
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def _labels_go(account: Any, attached: Attached, outputs: Mapping[str, Any]) -> None:
    kept = attached.kept["gcp"]
    (bucket,) = [id for id in kept.held() if id.startswith("Bucket/")]
    kept.change(bucket, labels={"team": "theirs"})
    attached.lose("gcp", next(id for id in kept.held() if id.startswith("Firewall/")))


def _tags_go(account: Any, attached: Attached, outputs: Mapping[str, Any]) -> None:
    kept = attached.kept["azure-native"]
    (store,) = [id for id, it in kept.held().items() if it["__type"] == "azure-native:storage:StorageAccount"]
    kept.change(store, tags={"team": "theirs"})
    attached.lose("azure-native", next(id for id, it in kept.held().items() if it["__type"].endswith(":MetricAlert")))


CHANGES: Mapping[Cloud, tuple[Change, Mapping[str, int]]] = {
    "aws": (_a_policy_goes, {"create": 1, "update": 1}),
    "gcp": (_labels_go, {"create": 1, "update": 1}),
    "azure": (_tags_go, {"create": 1, "update": 1}),
}


@pytest.mark.parametrize("cloud", ["aws", "gcp", "azure"])
def test_a_ground_with_everything(cloud: Cloud, account: Any, attached: Attached, tmp_path: Path) -> None:
    args = BY_CLOUD[cloud].model_validate({**COMMON, **PLACES[cloud]})
    before = left(account, attached)
    stack = programs.stack(tmp_path, attached, lambda: build(args).export(), PULUMI_SKIP_CHECKPOINTS="true")
    seen = stack.preview().change_summary
    assert seen.keys() == {automation.OpType.CREATE}
    assert left(account, attached) == before, "a preview made something"

    up = stack.up()
    assert up.summary.resource_changes == seen, "it was made otherwise than previewed"
    assert set(attached.creates.values()) == {1}
    assert set(stack.up(refresh=True).summary.resource_changes) == {"same"}, "read again, it is as it was asked for"

    change, wanted = CHANGES[cloud]
    change(account, attached, {name: it.value for name, it in up.outputs.items()})
    mended = dict(stack.up(refresh=True).summary.resource_changes)
    assert {name: mended.get(name) for name in ("create", "update", "delete", "replace")} == {
        **dict.fromkeys(("create", "update", "delete", "replace")),
        **wanted,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        stack.destroy()
    assert left(account, attached) == before
