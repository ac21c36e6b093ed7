"""Sizes, and what they follow."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tradewind.providers.aws import scaling as it
from tradewind.values import Version

from .requests import faults
from .wanted import M5, options, version, want


def policies(one: Version) -> dict[str, dict[str, Any]]:
    found = it.policies(want(one), one)
    for request in found:
        assert faults("PutScalingPolicy", request, "application-autoscaling") == []
    return {request["PolicyName"]: request["TargetTrackingScalingPolicyConfiguration"] for request in found}


def test_by_requests_in_flight_looked_at_often() -> None:
    assert policies(version()) == {
        "tradewind-concurrency": {
            "TargetValue": 8.0,
            "PredefinedMetricSpecification": {
                "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
            },
        }
    }


def test_by_requests_a_minute() -> None:
    (found,) = policies(version(target=None, scale_on={"requests": 600})).values()
    assert found["TargetValue"] == 600
    assert found["PredefinedMetricSpecification"] == {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}


@pytest.mark.parametrize(
    ("measure", "metric", "value"), [("cpu", "CPUUtilization", 240), ("gpu", "GPUUtilization", 60)]
)
def test_by_use_summed_over_cores_and_cards(measure: str, metric: str, value: float) -> None:
    """ml.g6e.xlarge has 4 CPUs: CloudWatch's figure goes to 400 there."""
    (found,) = policies(version(target=None, scale_on={measure: 0.6})).values()
    assert found["TargetValue"] == value
    said = found["CustomizedMetricSpecification"]
    assert (said["Namespace"], said["MetricName"], said["Statistic"]) == ("/aws/sagemaker/Endpoints", metric, "Average")
    assert {one["Name"]: one["Value"] for one in said["Dimensions"]} == {"EndpointName": "churn", "VariantName": "a"}


def test_cooldowns() -> None:
    plain = version(cooldown=timedelta(minutes=5))
    (found,) = policies(plain).values()
    assert (found["ScaleInCooldown"], found["ScaleOutCooldown"]) == (300, 300)
    own = replace(plain, container=options(scale_in_cooldown=timedelta(minutes=10)))
    (found,) = policies(own).values()
    assert (found["ScaleInCooldown"], found["ScaleOutCooldown"]) == (600, 300)


def test_one_size_has_no_target() -> None:
    assert it.bounds(version(min=3, max=3)) is None
    assert policies(version(min=3, max=3)) == {}
    assert it.fixed(version(min=0, max=1)) == 1


def test_bounds_without_a_measure() -> None:
    """They are kept in the target, although nothing scales between them."""
    quiet = version(target=None)
    bounds = it.bounds(quiet)
    assert bounds == it.Bounds(1, 4)
    assert policies(quiet) == {}
    request = it.registration(want(quiet, tags={"emoji": "🚀"}), quiet, bounds, None)
    assert faults("RegisterScalableTarget", request, "application-autoscaling") == []
    assert request["Tags"] == {"emoji": "=1F680="}
    assert "Tags" not in it.registration(want(quiet), quiet, bounds, it.Bounds(1, 2)), "taken with a new target only"
    assert it.bounds(version(min=0, max=4)) == it.Bounds(1, 4)


def test_what_aws_adds_is_no_difference() -> None:
    wanted = it.policies(want(version()), version())[0]
    found = {**wanted, "PolicyARN": "arn", "Alarms": []}
    config = found["TargetTrackingScalingPolicyConfiguration"]
    assert not it.differs(
        wanted, {**found, "TargetTrackingScalingPolicyConfiguration": {**config, "DisableScaleIn": False}}
    )
    assert it.differs(wanted, {**found, "TargetTrackingScalingPolicyConfiguration": {**config, "TargetValue": 9.0}})
    assert it.differs(wanted, {})


def test_policies_of_others_stay() -> None:
    wanted = it.policies(want(version()), version())
    found = [{"PolicyName": name} for name in ("theirs", "tradewind-cpu", "tradewind-concurrency")]
    assert it.strays(wanted, found) == ["tradewind-cpu"]


def test_a_cpu_machine_has_no_cards() -> None:
    one = version(target=None, scale_on={"gpu": 0.5}, container=replace(options(), machine=M5))
    (found,) = policies(one).values()
    assert found["TargetValue"] == 50
