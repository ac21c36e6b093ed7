"""What DescribeEndpoint says becomes what the engine sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tradewind.providers.aws import sight
from tradewind.providers.aws.sight import EndpointSight, VariantSight

A = VariantSight("a", 1.0, 2, 1.0, 2)
SEEN = EndpointSight("churn", "arn", "churn-1a2b", "InService", datetime(2026, 11, 24, tzinfo=UTC), variants=(A,))
BOUNDS = {"a": (2, 4)}


def observe(seen: EndpointSight, bounds: dict[str, tuple[int, int]] | None = None) -> sight.Observed:
    return sight.observed(seen, {"a": "sha256:1"}, BOUNDS if bounds is None else bounds, "https://url", {"team": "x"})


@pytest.mark.parametrize(
    ("status", "phase", "ready", "failed", "share"),
    [
        ("Creating", "moving", False, False, 0),
        ("InService", "settled", True, False, 100),
        ("Updating", "moving", True, False, 100),
        ("SystemUpdating", "moving", True, False, 100),
        ("RollingBack", "moving", True, False, 100),
        ("Deleting", "moving", False, False, 0),
        ("Failed", "failed", False, True, 0),
        ("OutOfService", "failed", False, True, 0),
        ("UpdateRollbackFailed", "failed", True, False, 100),
    ],
)
def test_every_status(status: str, phase: str, ready: bool, failed: bool, share: int) -> None:
    found = observe(replace(SEEN, status=status, reason="why"))
    (one,) = found.versions
    assert (found.phase, one.ready, one.failed, one.word) == (phase, ready, failed, status)
    assert dict(found.traffic) == ({"a": share} if share else {})
    assert found.reason == {"failed": "why", "moving": status}.get(phase, "")
    assert one.reason == ("why" if failed else "")


def test_sizes() -> None:
    (one,) = observe(SEEN).versions
    assert (one.min, one.max, one.now) == (2, 4, 2)
    (one,) = observe(SEEN, {}).versions
    assert (one.min, one.max, one.now) == (2, 2, 2)
    (one,) = observe(replace(SEEN, variants=(replace(A, count=1),))).versions
    assert (one.ready, one.now) == (False, 1)


@pytest.mark.parametrize(
    ("weights", "shares"),
    [((1.0, 0.0), {"a": 100}), ((90.0, 10.0), {"a": 90, "b": 10}), ((1.0, 2.0), {"a": 33, "b": 67}), ((0.0, 0.0), {})],
)
def test_weights_are_shares(weights: tuple[float, float], shares: dict[str, int]) -> None:
    variants = tuple(VariantSight(slot, w, 1, w, 1) for slot, w in zip("ab", weights, strict=True))
    assert sight.shares(replace(SEEN, variants=variants)) == shares


def test_an_endpoint_without_variants_yet() -> None:
    found = observe(replace(SEEN, status="Creating", variants=()))
    assert [(one.slot, one.digest, one.ready) for one in found.versions] == [("a", "sha256:1", False)]


def test_an_answer_as_botocore_gives_it() -> None:
    said = {
        "EndpointName": "churn", "EndpointArn": "arn", "EndpointConfigName": "old", "EndpointStatus": "Updating",
        "LastModifiedTime": SEEN.modified, "CreationTime": SEEN.modified,
        "ProductionVariants": [{"VariantName": "a", "CurrentWeight": 1.0, "CurrentInstanceCount": 1, "DesiredInstanceCount": 2}],
        "LastDeploymentConfig": {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "one"}]}},
        "PendingDeploymentSummary": {
            "EndpointConfigName": "new",
            "ProductionVariants": [
                {
                    "VariantName": "a",
                    "VariantStatus": [{"Status": "Baking", "StartTime": 2}, {"Status": "Creating", "StartTime": 1}],
                }
            ],
        },
    }  # fmt: skip
    seen = sight.endpoint(said)
    assert (seen.config, seen.coming, seen.guards) == ("old", "new", ("one",))
    assert seen.variants == (VariantSight("a", 1.0, 1, 1.0, 2),)
    assert seen.progress == f"{seen.status}: new machines Baking"
    with pytest.raises(KeyError):
        sight.endpoint({})
