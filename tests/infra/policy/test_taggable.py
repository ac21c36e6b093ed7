"""The check of tags knows every kind of resource that the grounds tag."""

from __future__ import annotations

from typing import Any

import pytest

pytest.importorskip("pulumi_aws")
pytest.importorskip("pulumi_gcp")
pytest.importorskip("pulumi_azure_native")

from tests.infra.aws import founding as aws
from tests.infra.azure import founding as azure
from tests.infra.gcp import founding as gcp
from tests.infra.mocks import Recorded
from tradewind.infra import taggable

WATCHED = {"endpoint": "churn-dev", "p95": "1s", "max_replicas": 2}
ALL: dict[str, Any] = {"key": "own", "mails": ["a@b.co"], "network": {"nat": True}, "github": {"repository": "acme/ml"}}


def on_aws() -> Recorded:
    return aws.found(**ALL, watch=[WATCHED], budget={"month": 1}, log_groups=["jobs", "endpoints"])


@pytest.mark.parametrize(
    "make",
    [on_aws, lambda: gcp.built(**gcp.everything()), lambda: azure.found(**ALL, watch=[WATCHED])],
    ids=["aws", "gcp", "azure"],
)
def test_every_kind_that_is_tagged_is_known(make: Any) -> None:
    tagged = [
        (it, by) for it in make().resources for by in ("tags", "labels", "userLabels") if _held(it.inputs.get(by))
    ]
    assert len(tagged) > 5
    assert {it.type for it, by in tagged if taggable.property_of(it.type) != by} == set()


def _held(tags: Any) -> bool:
    """A channel's labels are its address, and none of ours."""
    return isinstance(tags, dict) and "managed-by" in tags
