"""Deployment guardrails and autoscaling, as AWS's guides and sample notebooks have them; nothing of ours is used."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator
from tests.sandbox.strangers import Account, Load, reaches, variant

pytestmark = [pytest.mark.timeout(180), pytest.mark.slow]
SPEED = 60  # a minute of SageMaker's is a second here: an alarm's period still sees requests


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    one = Emulator(tmp_path_factory.mktemp("guarded"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        one.start("--speed", str(SPEED), "--grace", "5")
        one.furnish()
    yield Account(one)
    assert one.end() == 0


def alarm(account: Account, endpoint: str, name: str, metric: str = "Invocation5XXErrors", limit: float = 0.1) -> str:
    """The alarm of AWS's notebook on guardrails: an average over one minute of one variant."""
    account.cloudwatch.put_metric_alarm(
        AlarmName=name,
        ActionsEnabled=False,
        Namespace="AWS/SageMaker",
        MetricName=metric,
        Statistic="Average",
        Dimensions=[{"Name": "EndpointName", "Value": endpoint}, {"Name": "VariantName", "Value": "AllTraffic"}],
        Period=60,
        EvaluationPeriods=1,
        Threshold=limit,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData="notBreaching",
    )
    return name


def blue_green(kind: str, *alarms: str, wait: int = 120, **more: Any) -> dict[str, Any]:
    policy = {"TrafficRoutingConfiguration": {"Type": kind, "WaitIntervalInSeconds": wait, **more},
              "TerminationWaitInSeconds": 60, "MaximumExecutionTimeoutInSeconds": 3600}  # fmt: skip
    watched = {"Alarms": [{"AlarmName": one} for one in alarms]}
    return {"BlueGreenUpdatePolicy": policy, **({"AutoRollbackConfiguration": watched} if alarms else {})}


def update(account: Account, endpoint: str, config: str, deployment: dict[str, Any] | None = None, **more: Any) -> None:
    how = {"DeploymentConfig": deployment} if deployment else {}
    account.sagemaker.update_endpoint(EndpointName=endpoint, EndpointConfigName=config, **how, **more)
    assert account.look(endpoint)["EndpointStatus"] == "Updating"


def stands(account: Account, endpoint: str, count: int) -> None:
    account.endpoint(endpoint, account.config(f"{endpoint}-1", variant(account.model(f"{endpoint}-1"), count=count)))


def test_canary_comes_in_without_a_lost_request(account: Account) -> None:
    stands(account, "canary", 2)
    watch = alarm(account, "canary", "canary-5xx")
    new = account.config("canary-2", variant(account.model("canary-2", factor=3), count=2))
    with Load(account, "canary") as load:
        size = {"Type": "CAPACITY_PERCENT", "Value": 50}
        update(account, "canary", new, blue_green("CANARY", watch, CanarySize=size))
        with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
            account.sagemaker.update_endpoint(EndpointName="canary", EndpointConfigName=new)
        reaches(lambda: load.answered["canary-2"])
        between = dict(load.answered)
        seen = account.in_service("canary")
    assert seen["EndpointConfigName"] == "canary-2"
    assert between["canary-1"] > 0  # both served at once
    assert load.failures == []
    assert account.ask("canary", [1.0])["predictions"] == [3.0]


def test_alarm_puts_a_bad_version_back(account: Account) -> None:
    stands(account, "guarded", 2)
    watch = alarm(account, "guarded", "guarded-5xx")
    bad = account.config("guarded-2", variant(account.model("guarded-2", fail=True), count=2))
    with Load(account, "guarded") as load:
        size = {"Type": "CAPACITY_PERCENT", "Value": 50}
        update(account, "guarded", bad, blue_green("CANARY", watch, wait=1800, CanarySize=size))
        states = []

        def back() -> bool:
            states.append(account.look("guarded")["EndpointStatus"])
            return states[-1] == "InService"

        reaches(back, 90)
    assert "RollingBack" in states
    seen = account.look("guarded")
    assert seen["EndpointConfigName"] == "guarded-1"
    assert "FailureReason" in seen
    assert load.failures  # the canary's share
    assert account.ask("guarded", [1.0])["version"] == "guarded-1"
    state = account.cloudwatch.describe_alarms(AlarmNames=[watch])["MetricAlarms"][0]
    assert state["StateValue"] in ("ALARM", "OK")
    assert account.cloudwatch.describe_alarm_history(AlarmName=watch, HistoryItemType="StateUpdate")[
        "AlarmHistoryItems"
    ]


def test_a_version_that_never_answers_goes_back_without_an_alarm(account: Account) -> None:
    stands(account, "sound", 1)
    torn = account.config("sound-2", variant(account.model("sound-2", crash=True)))
    with Load(account, "sound", clients=2) as load:
        update(account, "sound", torn)
        seen = reaches(lambda: (one := account.look("sound"))["EndpointStatus"] == "InService" and one, 120)
    assert seen["EndpointConfigName"] == "sound-1"
    assert "ping health check" in seen["FailureReason"]
    assert load.failures == []


def test_linear_steps(account: Account) -> None:
    stands(account, "linear", 2)
    new = account.config("linear-2", variant(account.model("linear-2"), count=2))
    with Load(account, "linear") as load:
        size = {"Type": "CAPACITY_PERCENT", "Value": 50}
        update(
            account, "linear", new, blue_green("LINEAR", alarm(account, "linear", "linear-5xx"), LinearStepSize=size)
        )
        assert account.in_service("linear")["EndpointConfigName"] == "linear-2"
    assert load.failures == []
    assert load.answered["linear-2"]


def test_rolling_batches(account: Account) -> None:
    stands(account, "rolling", 2)
    new = account.config("rolling-2", variant(account.model("rolling-2"), count=2))
    policy = {
        "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        "WaitIntervalInSeconds": 60,
        "MaximumExecutionTimeoutInSeconds": 3600,
        "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 100},
    }
    rollback = {"Alarms": [{"AlarmName": alarm(account, "rolling", "rolling-5xx")}]}
    with Load(account, "rolling") as load:
        update(account, "rolling", new, {"RollingUpdatePolicy": policy, "AutoRollbackConfiguration": rollback})
        assert account.in_service("rolling")["EndpointConfigName"] == "rolling-2"
    assert load.failures == []
    [one] = account.look("rolling")["ProductionVariants"]
    assert one["CurrentInstanceCount"] == 2


@pytest.mark.parametrize(("retain", "count"), [(False, 1), (True, 2)])
def test_retain_all_variant_properties(account: Account, retain: bool, count: int) -> None:
    name = f"retain-{retain}".lower()
    stands(account, name, 1)
    wish = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 2}]
    account.sagemaker.update_endpoint_weights_and_capacities(EndpointName=name, DesiredWeightsAndCapacities=wish)
    account.in_service(name)
    new = account.config(f"{name}-2", variant(account.model(f"{name}-2")))
    update(account, name, new, **({"RetainAllVariantProperties": True} if retain else {}))
    [one] = account.in_service(name)["ProductionVariants"]
    assert one["CurrentInstanceCount"] == count  # the default is not to retain


def test_what_a_deployment_may_not_say(account: Account) -> None:
    stands(account, "strict", 1)
    new = account.config("strict-2", variant(account.model("strict-2")))
    size = {"Type": "CAPACITY_PERCENT", "Value": 80}
    for deployment in (
        blue_green("CANARY", CanarySize=size),  # more than half is no canary
        blue_green("ALL_AT_ONCE", "no-such-alarm"),
    ):
        with pytest.raises(ClientError) as caught:
            account.sagemaker.update_endpoint(
                EndpointName="strict", EndpointConfigName=new, DeploymentConfig=deployment
            )
        assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert account.look("strict")["EndpointStatus"] == "InService"


def test_target_tracking_adds_replicas_under_load_and_takes_them_away(account: Account) -> None:
    stands(account, "scaled", 1)
    target = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": "endpoint/scaled/variant/AllTraffic",
        "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
    }
    account.scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    made = account.scaling.put_scaling_policy(
        **target,
        PolicyName="invocations",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 10.0,  # a minute and replica
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
            "ScaleInCooldown": 60,
            "ScaleOutCooldown": 60,
        },
    )
    assert len(made["Alarms"]) == 2

    def replicas() -> int:
        return int(account.look("scaled")["ProductionVariants"][0]["CurrentInstanceCount"])

    with Load(account, "scaled") as load:
        reaches(lambda: replicas() == 2, 60)
    assert load.failures == []
    assert account.scaling.describe_scaling_activities(**target)["ScalingActivities"]
    reaches(lambda: replicas() == 1, 90)
    account.scaling.delete_scaling_policy(**target, PolicyName="invocations")
    account.scaling.deregister_scalable_target(**target)
    found = account.scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ResourceIds=[target["ResourceId"]])
    assert found["ScalableTargets"] == []
    left = account.cloudwatch.describe_alarms(AlarmNames=[one["AlarmName"] for one in made["Alarms"]])
    assert left["MetricAlarms"] == []
