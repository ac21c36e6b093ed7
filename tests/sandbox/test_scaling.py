"""Application Auto Scaling on a fleet, by plain boto3. That it moves real endpoints is shown by the strangers' programs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.assembly import Assembly, assembled
from tests.sandbox.emulator import until
from tradewind.sandbox.aws.account import Account
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.knobs import Knobs, Pace
from tradewind.sandbox.aws.monitoring.monitor import Invocation, Machine, Monitor
from tradewind.sandbox.aws.scaling.scaler import FleetSight, Scaler

REGION = "us-east-1"
PLACE = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/a",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}
INVOCATIONS = {"PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"}}
CONCURRENCY = {
    "PredefinedMetricSpecification": {
        "PredefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
    }
}
PROCESSORS = {
    "CustomizedMetricSpecification": {
        "MetricName": "CPUUtilization",
        "Namespace": "/aws/sagemaker/Endpoints",
        "Dimensions": [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "a"}],
        "Statistic": "Average",
        "Unit": "Percent",
    }
}


OTHERS = {"PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"}}


class Fleet:
    """One variant that becomes what it is told after a moment."""

    def __init__(self, count: int = 1) -> None:
        self._lock = threading.Lock()
        self.sight = FleetSight(REGION, "e", "a", count, count, True)
        self.refused = ""
        self.asked: list[int] = []

    def variants(self) -> list[FleetSight]:
        return [self.sight]

    def resize(self, region: str, endpoint: str, variant: str, count: int) -> None:
        assert (region, endpoint, variant) == (REGION, "e", "a")
        if self.refused:
            raise invalid(self.refused)
        self.asked.append(count)
        self.sight = replace(self.sight, desired=count, settled=False)
        threading.Timer(0.1, self._settle).start()

    def machines(self) -> list[Machine]:
        return [Machine(REGION, "e", "a", "c", f"i-{n}", (), Path.cwd()) for n in range(self.sight.current)]

    def _settle(self) -> None:
        with self._lock:
            self.sight = replace(self.sight, current=self.sight.desired, settled=True)


class Scaled:
    def __init__(self, assembly: Assembly, count: int = 1, folder: Path | None = None, speed: float = 200) -> None:
        knobs = Knobs(Pace(speed))
        self.fleet = Fleet(count)
        self.monitor = Monitor(Account(assembly.url), knobs, None if folder is None else folder / "monitoring")
        self.monitor.watch(self.fleet.machines)
        self.scaler = Scaler(knobs, self.monitor, self.fleet, None if folder is None else folder / "scaling")
        assembly.doors = [self.monitor.door, self.scaler.door]
        self.client = assembly.client("application-autoscaling")
        self.cloudwatch = assembly.client("cloudwatch")
        self.monitor.start()
        self.scaler.start()

    def stop(self) -> None:
        self.scaler.stop()
        self.monitor.stop()

    def policy(
        self, target: float = 10.0, name: str = "p", metric: dict[str, Any] = INVOCATIONS, **more: Any
    ) -> dict[str, Any]:
        said = {"TargetValue": target, **metric, "ScaleInCooldown": 0, "ScaleOutCooldown": 0, **more}
        return dict(
            self.client.put_scaling_policy(
                **PLACE,
                PolicyName=name,
                PolicyType="TargetTrackingScaling",
                TargetTrackingScalingPolicyConfiguration=said,
            )
        )

    def invoke(self, times: int) -> None:
        for _ in range(times):
            self.monitor.record(Invocation(REGION, "e", "a", "c", "i-0", 200, 0.01, 0.001, time.time()))

    def activities(self) -> list[dict[str, Any]]:
        return list(self.client.describe_scaling_activities(**PLACE)["ScalingActivities"])


@pytest.fixture
def scaled() -> Iterator[Scaled]:
    with assembled() as assembly:
        one = Scaled(assembly)
        yield one
        one.stop()


def test_a_count_outside_of_the_range_is_brought_into_it(scaled: Scaled) -> None:
    arn = scaled.client.register_scalable_target(**PLACE, MinCapacity=2, MaxCapacity=5)["ScalableTargetARN"]
    until(lambda: scaled.fleet.sight.current == 2)
    done = until(lambda: [one for one in scaled.activities() if one["StatusCode"] == "Successful"])
    assert done[0]["Cause"] == "minimum capacity was set to 2"
    assert done[0]["Description"] == "Setting desired instance count to 2."
    assert done[0]["EndTime"] >= done[0]["StartTime"]
    again = scaled.client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=1)["ScalableTargetARN"]
    assert again == arn
    until(lambda: scaled.fleet.sight.current == 1)
    (target,) = scaled.client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"]
    assert (target["MinCapacity"], target["MaxCapacity"]) == (1, 1)
    assert target["SuspendedState"]["DynamicScalingInSuspended"] is False


def test_out_under_load_and_in_without_it(scaled: Scaled) -> None:
    scaled.client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=4)
    made = scaled.policy(10.0)
    assert [alarm["AlarmName"].rpartition("-Alarm")[2][:3] for alarm in made["Alarms"]] == ["Hig", "Low"]

    def loaded() -> bool:
        scaled.invoke(8)
        return scaled.fleet.sight.current == 4

    until(loaded)
    assert max(scaled.fleet.asked) == 4  # never beyond the range
    causes = [one["Cause"] for one in scaled.activities()]
    assert all(cause.startswith("monitor alarm TargetTracking-endpoint/e/variant/a-AlarmHigh-") for cause in causes)
    until(lambda: scaled.fleet.sight.current == 1)  # a variant that scales reports no traffic as zero
    assert "AlarmLow" in scaled.activities()[0]["Cause"]


def test_disable_scale_in_and_suspended_scaling(scaled: Scaled) -> None:
    scaled.client.register_scalable_target(
        **PLACE, MinCapacity=1, MaxCapacity=2, SuspendedState={"DynamicScalingOutSuspended": True}
    )
    made = scaled.policy(1.0, DisableScaleIn=True)
    (high,) = made["Alarms"]

    def fires() -> bool:
        scaled.invoke(8)
        (alarm,) = scaled.cloudwatch.describe_alarms(AlarmNames=[high["AlarmName"]])["MetricAlarms"]
        return str(alarm["StateValue"]) == "ALARM"

    until(fires)
    assert scaled.fleet.asked == []
    scaled.client.register_scalable_target(**PLACE, SuspendedState={"DynamicScalingOutSuspended": False})

    def grown() -> bool:
        scaled.invoke(8)
        return scaled.fleet.sight.current == 2

    until(grown)


def test_nothing_happens_while_the_endpoint_is_updating(scaled: Scaled) -> None:
    scaled.fleet.sight = replace(scaled.fleet.sight, settled=False)
    scaled.client.register_scalable_target(**PLACE, MinCapacity=3, MaxCapacity=3)
    scaled.policy(1.0)
    until(lambda: scaled.cloudwatch.describe_alarms()["MetricAlarms"])
    assert scaled.fleet.asked == []
    scaled.fleet.sight = replace(scaled.fleet.sight, settled=True)
    until(lambda: scaled.fleet.sight.current == 3)


def test_what_the_fleet_refuses_is_a_failed_activity(scaled: Scaled) -> None:
    scaled.fleet.refused = "The account-level service limit is 0 Instances."
    scaled.client.register_scalable_target(**PLACE, MinCapacity=2, MaxCapacity=3)
    failed = until(scaled.activities)[0]
    assert failed["StatusCode"] == "Failed"
    assert failed["StatusMessage"].endswith("Reason: The account-level service limit is 0 Instances.")


def test_the_alarms_of_policies(scaled: Scaled) -> None:
    scaled.client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=2)
    first = scaled.policy(70.0, "invocations")
    concurrency = scaled.policy(4.0, "concurrency", CONCURRENCY)
    processors = scaled.policy(80.0, "processors", PROCESSORS)

    def alarm(made: dict[str, Any], number: int) -> dict[str, Any]:
        found = scaled.cloudwatch.describe_alarms(AlarmNames=[made["Alarms"][number]["AlarmName"]])["MetricAlarms"]
        return dict(found[0])

    high, low = alarm(first, 0), alarm(first, 1)
    assert (high["MetricName"], high["Statistic"], high["Threshold"], high["EvaluationPeriods"]) == (
        "InvocationsPerInstance",
        "Sum",
        70.0,
        3,
    )
    assert (low["ComparisonOperator"], low["Threshold"], low["EvaluationPeriods"]) == ("LessThanThreshold", 63.0, 15)
    assert high["AlarmActions"] == [first["PolicyARN"]]
    assert (alarm(concurrency, 0)["MetricName"], alarm(concurrency, 0)["Period"]) == ("ConcurrentRequestsPerModel", 10)
    assert alarm(processors, 0)["Namespace"] == "/aws/sagemaker/Endpoints"
    assert scaled.policy(50.0, "invocations")["PolicyARN"] == first["PolicyARN"]
    found = scaled.client.describe_scaling_policies(ServiceNamespace="sagemaker", PolicyNames=["invocations"])
    (shown,) = found["ScalingPolicies"]
    assert shown["TargetTrackingScalingPolicyConfiguration"]["TargetValue"] == 50.0
    scaled.client.delete_scaling_policy(**PLACE, PolicyName="processors")
    scaled.client.deregister_scalable_target(**PLACE)
    assert scaled.cloudwatch.describe_alarms()["MetricAlarms"] == []
    assert scaled.client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"] == []


def test_tags_of_a_target(scaled: Scaled) -> None:
    said = scaled.client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=2, Tags={"a": "1"})
    arn = said["ScalableTargetARN"]
    scaled.client.tag_resource(ResourceARN=arn, Tags={"b": "2"})
    scaled.client.untag_resource(ResourceARN=arn, TagKeys=["a"])
    assert scaled.client.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"b": "2"}
    with pytest.raises(scaled.client.exceptions.ResourceNotFoundException):
        scaled.client.list_tags_for_resource(ResourceARN=f"{arn}x")


def test_targets_and_policies_outlive_a_restart(tmp_path: Path) -> None:
    with assembled() as assembly:
        first = Scaled(assembly, 1, tmp_path)
        first.client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=3)
        made = first.policy(5.0)
        first.stop()
        second = Scaled(assembly, 1, tmp_path)
        (policy,) = second.client.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
        assert (policy["PolicyARN"], policy["Alarms"]) == (made["PolicyARN"], made["Alarms"])
        second.stop()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"ResourceId": "endpoint/nobody/variant/a"}, "doesn't exist: endpoint/nobody/variant/a"),
        ({"ResourceId": "endpoint/e/variant/b"}, "doesn't exist"),
        ({"ResourceId": "endpoint/e"}, "Unsupported service namespace, resource type or scalable dimension"),
        ({"ScalableDimension": "ecs:service:DesiredCount"}, "Unsupported service namespace"),
        ({"ScalableDimension": "nonsense"}, "enum value set"),
        ({"MinCapacity": 3, "MaxCapacity": 2}, "Maximum capacity cannot be less than minimum capacity"),
        ({"MinCapacity": 0}, "must be at least 1"),
        ({"MinCapacity": None}, "MinCapacity and MaxCapacity are required"),
    ],
)
def test_registrations_that_are_refused(scaled: Scaled, change: dict[str, Any], told: str) -> None:
    said = {**PLACE, "MinCapacity": 1, "MaxCapacity": 2, **change}
    with pytest.raises(ClientError, match=told) as refused:
        scaled.client.register_scalable_target(**{name: value for name, value in said.items() if value is not None})
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    assert scaled.client.describe_scalable_targets(ServiceNamespace="sagemaker")["ScalableTargets"] == []


def test_policies_that_are_refused(scaled: Scaled) -> None:
    missing = scaled.client.exceptions.ObjectNotFoundException
    with pytest.raises(missing, match="No scalable target registered for service namespace: sagemaker"):
        scaled.policy()
    with pytest.raises(missing, match="No scalable target found for"):
        scaled.client.deregister_scalable_target(**PLACE)
    with pytest.raises(missing, match="policy name: nobody"):
        scaled.client.delete_scaling_policy(**PLACE, PolicyName="nobody")
    scaled.client.register_scalable_target(**PLACE, MinCapacity=1, MaxCapacity=2)
    scaled.policy()
    cases: list[tuple[dict[str, Any], str]] = [
        ({"name": "other"}, "Only one TargetTrackingScaling policy for a given metric specification"),
        ({"metric": {}}, "Exactly one of CustomizedMetricSpecification and PredefinedMetricSpecification"),
        ({"metric": {**INVOCATIONS, **PROCESSORS}}, "Exactly one of"),
        ({"metric": OTHERS}, "not one of a variant"),
        ({"target": 0.0}, "TargetValue must be greater than 0"),
        ({"ScaleInCooldown": -1}, "must not be negative"),
    ]  # fmt: skip
    for said, told in cases:
        with pytest.raises(ClientError, match=told):
            scaled.policy(**said)
    with pytest.raises(ClientError, match="does not emulate policies other than TargetTrackingScaling"):
        scaled.client.put_scaling_policy(**PLACE, PolicyName="steps", PolicyType="StepScaling")
    with pytest.raises(ClientError, match="does not emulate scheduled scaling"):
        scaled.client.put_scheduled_action(**PLACE, ScheduledActionName="s", Schedule="rate(1 minute)")
    with pytest.raises(scaled.client.exceptions.InvalidNextTokenException):
        scaled.client.describe_scaling_activities(ServiceNamespace="sagemaker", NextToken="nonsense")
