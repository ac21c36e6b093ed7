"""Updates of endpoints on the emulated SageMaker: blue/green, canary, linear, rolling, and the way back."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.sandbox.emulator import Emulator, until
from tests.sandbox.hosted import ask, config, look, model, served, settled, variant

REQUESTS = int(os.environ.get("TRADEWIND_REQUESTS", "1000"))  # through a canary; 10,000 by hand
TORN = "def model_fn(d): raise RuntimeError('torn')\n"


@pytest.fixture(autouse=True)
def slow_enough(emulator: Emulator) -> None:
    """An hour of a deployment is 36 seconds: what a test looks at while it bakes stays long enough."""
    emulator.control("speed", speed=100)


def alarm(emulator: Emulator, name: str, state: str = "OK") -> dict[str, Any]:
    """One that stays as it is put: its metric has no data."""
    cloudwatch = emulator.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, Namespace="Own", MetricName="none", Statistic="Sum", Period=86400, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold", TreatMissingData="ignore",
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    return {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name}]}}


def blue_green(kind: str, wait: int, termination: int = 0, **more: Any) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": wait, **more}
    return {"BlueGreenUpdatePolicy": {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": termination}}


def percent(value: int) -> dict[str, Any]:
    return {"Type": "CAPACITY_PERCENT", "Value": value}


def update(emulator: Emulator, name: str, new: str, deployment: dict[str, Any] | None = None, **more: Any) -> None:
    said = {"DeploymentConfig": deployment} if deployment else {}
    emulator.client("sagemaker").update_endpoint(EndpointName=name, EndpointConfigName=new, **said, **more)


def pending(emulator: Emulator, name: str) -> dict[str, Any]:
    return dict(
        look(emulator, name).get("PendingDeploymentSummary", {"ProductionVariants": [{}]})["ProductionVariants"][0]
    )


def bakes(emulator: Emulator, name: str) -> dict[str, Any]:
    """Its pending variant, once alarms are watched."""

    def baking() -> Any:
        one = pending(emulator, name)
        return one if one.get("VariantStatus", [{}])[0].get("Status") == "Baking" else None

    return dict(until(baking))


def words(emulator: Emulator, name: str, calls: int) -> Counter[str]:
    return Counter(ask(emulator, name)["word"] for _ in range(calls))


@contextmanager
def load(emulator: Emulator, name: str, clients: int = 3) -> Iterator[tuple[Counter[str], list[str]]]:
    """Requests all the while: what answered, and what failed."""
    over, answered, failures, lock = threading.Event(), Counter[str](), [], threading.Lock()
    runtime = emulator.client("sagemaker-runtime")

    def on() -> None:
        while not over.is_set():
            try:
                word = ask(emulator, name, runtime=runtime)["word"]
                with lock:
                    answered[word] += 1
            except ClientError as error:
                failures.append(str(error))

    threads = [threading.Thread(target=on) for _ in range(clients)]
    for thread in threads:
        thread.start()
    try:
        yield answered, failures
    finally:
        over.set()
        for thread in threads:
            thread.join()


def test_a_canary_gets_its_part_and_then_all(emulator: Emulator) -> None:
    served(emulator, "part", count=4)
    new = config(emulator, model(emulator, "part-2"), variant("part-2", count=4))
    update(emulator, "part", new, blue_green("CANARY", 300, 60, CanarySize=percent(25)))
    assert look(emulator, "part")["EndpointStatus"] == "Updating"
    with pytest.raises(ClientError, match=r'Cannot update in-progress endpoint "arn:aws:sagemaker:.*:endpoint/part"'):
        update(emulator, "part", new)
    with pytest.raises(ClientError, match="Cannot update in-progress endpoint"):
        emulator.client("sagemaker").delete_endpoint(EndpointName="part")
    one = bakes(emulator, "part")
    assert one["VariantStatus"][0]["StatusMessage"] == (
        "Baking for 300 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of 1 instance(s)."
    )
    assert (one["CurrentInstanceCount"], one["DesiredInstanceCount"], one["InstanceType"]) == (1, 4, "ml.m5.large")
    seen = look(emulator, "part")
    assert seen["EndpointConfigName"] == "part"
    assert seen["PendingDeploymentSummary"]["EndpointConfigName"] == "part-2"
    assert words(emulator, "part", 40) == {"part": 30, "part-2": 10}
    seen = settled(emulator, "part")
    assert (seen["EndpointConfigName"], seen["EndpointStatus"]) == ("part-2", "InService")
    assert "PendingDeploymentSummary" not in seen
    assert seen["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["Type"] == "CANARY"
    assert words(emulator, "part", 8) == {"part-2": 8}


@pytest.mark.parametrize(
    "deployment",
    [
        None,
        blue_green("CANARY", 60, CanarySize=percent(50)),
        blue_green("LINEAR", 30, LinearStepSize=percent(50)),
        {"RollingUpdatePolicy": {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 30}},
    ],
    ids=["all at once", "canary", "linear", "rolling"],
)
def test_no_request_is_lost(emulator: Emulator, deployment: dict[str, Any] | None, request: Any) -> None:
    name = request.node.callspec.id.replace(" ", "-")
    served(emulator, name, count=2)
    new = config(emulator, model(emulator, f"{name}-2"), variant(f"{name}-2", count=2))
    with load(emulator, name) as (answered, failures):
        update(emulator, name, new, deployment)
        seen = settled(emulator, name)
        until(lambda: answered[new] > 20)
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", new), seen.get("FailureReason")
    assert not failures, failures[:3]
    assert answered[name] > 0
    assert words(emulator, name, 4) == {new: 4}


@pytest.mark.slow
def test_no_request_is_lost_through_a_canary(emulator: Emulator) -> None:
    served(emulator, "busy", count=2)
    new = config(emulator, model(emulator, "busy-2"), variant("busy-2", count=2))
    with load(emulator, "busy", 8) as (answered, failures):
        until(lambda: answered.total() > REQUESTS / 5)
        update(emulator, "busy", new, blue_green("CANARY", 200, 100, CanarySize=percent(50)))
        assert settled(emulator, "busy")["EndpointConfigName"] == "busy-2"
        until(lambda: answered.total() > REQUESTS)
    assert not failures, failures[:3]
    assert answered["busy"] > 0
    assert answered["busy-2"] > 0


def test_requests_in_flight_are_answered_before_their_instance_goes(emulator: Emulator) -> None:
    script = (
        "import time\ndef model_fn(d): pass\n"
        "def transform_fn(m, b, c, a):\n    time.sleep(3)\n    return '\"slow\"', 'application/json'\n"
    )
    served(emulator, "flight", script)
    said: list[Any] = []
    asking = threading.Thread(target=lambda: said.append(ask(emulator, "flight")))
    asking.start()
    update(emulator, "flight", config(emulator, model(emulator, "flight-2")))
    until(lambda: look(emulator, "flight")["EndpointConfigName"] == "flight-2")
    assert ask(emulator, "flight")["word"] == "flight-2"
    assert said == []  # it is still at work
    asking.join()
    assert said == ["slow"]


@pytest.mark.parametrize("deployment", [blue_green("CANARY", 3600, CanarySize=percent(50)), blue_green("ALL_AT_ONCE", 0, 3600)],
                         ids=["canary", "termination"])  # fmt: skip
def test_an_alarm_puts_the_old_configuration_back(emulator: Emulator, deployment: dict[str, Any], request: Any) -> None:
    name = f"alarmed-{request.node.callspec.id}"
    served(emulator, name)
    new = config(emulator, model(emulator, f"{name}-2"))
    with load(emulator, name, 1) as (_, failures):
        update(emulator, name, new, {**deployment, **alarm(emulator, name)})
        bakes(emulator, name)
        alarm(emulator, name, "ALARM")
        until(lambda: look(emulator, name)["EndpointStatus"] == "RollingBack")
        seen = settled(emulator, name)
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", name)
    assert f"in ALARM state: {name}" in seen["FailureReason"]
    assert "PendingDeploymentSummary" not in seen
    assert not failures, failures[:3]
    assert words(emulator, name, 4) == {name: 4}
    alarm(emulator, name, "OK")
    update(emulator, name, new)  # and another try is as good as the first
    seen = settled(emulator, name)
    assert seen["EndpointConfigName"] == new
    assert "FailureReason" not in seen


def test_an_alarm_that_fires_already_lets_nothing_begin(emulator: Emulator) -> None:
    served(emulator, "ringing")
    update(emulator, "ringing", config(emulator, model(emulator, "ringing-2")), alarm(emulator, "ringing", "ALARM"))
    seen = settled(emulator, "ringing")
    assert seen["EndpointConfigName"] == "ringing"
    assert "in ALARM state: ringing" in seen["FailureReason"]


def test_a_rolling_deployment_goes_back_instance_by_instance(emulator: Emulator) -> None:
    served(emulator, "rolls", count=2)
    new = config(emulator, model(emulator, "rolls-2"), variant("rolls-2", count=2))
    policy = {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 300}
    update(emulator, "rolls", new, {"RollingUpdatePolicy": policy, **alarm(emulator, "rolls")})
    assert bakes(emulator, "rolls")["CurrentInstanceCount"] == 1
    assert words(emulator, "rolls", 8) == {"rolls": 4, "rolls-2": 4}
    until(lambda: pending(emulator, "rolls").get("CurrentInstanceCount") == 2)  # the second batch: one old one is gone
    assert look(emulator, "rolls")["ProductionVariants"][0]["CurrentInstanceCount"] == 1
    alarm(emulator, "rolls", "ALARM")
    seen = settled(emulator, "rolls")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "rolls")
    assert seen["ProductionVariants"][0]["CurrentInstanceCount"] == 2
    assert words(emulator, "rolls", 4) == {"rolls": 4}


def test_where_the_old_fleet_cannot_come_back_both_stay(emulator: Emulator) -> None:
    served(emulator, "mixed", count=2)
    new = config(emulator, model(emulator, "mixed-2"), variant("mixed-2", count=2))
    policy = {"MaximumBatchSize": percent(50), "WaitIntervalInSeconds": 300}
    update(emulator, "mixed", new, {"RollingUpdatePolicy": policy, **alarm(emulator, "mixed")})
    until(lambda: pending(emulator, "mixed").get("CurrentInstanceCount") == 2)
    emulator.client("s3").delete_object(Bucket="work", Key="models/mixed.tar.gz")
    alarm(emulator, "mixed", "ALARM")
    seen = settled(emulator, "mixed")
    assert seen["EndpointStatus"] == "UpdateRollbackFailed"
    assert "Failed to download model data" in seen["FailureReason"]
    assert set(words(emulator, "mixed", 20)) == {"mixed", "mixed-2"}
    update(emulator, "mixed", config(emulator, model(emulator, "mixed-3")))
    assert settled(emulator, "mixed")["EndpointStatus"] == "InService"
    assert words(emulator, "mixed", 4) == {"mixed-3": 4}


def test_a_version_that_does_not_come_up_takes_no_request(emulator: Emulator) -> None:
    served(emulator, "sound")
    with load(emulator, "sound", 1) as (answered, failures):
        update(emulator, "sound", config(emulator, model(emulator, "sound-2", TORN)))
        seen = settled(emulator, "sound")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "sound")
    assert "did not pass the ping health check" in seen["FailureReason"]
    assert not failures, failures[:3]
    assert set(answered) == {"sound"}


def test_time_runs_out(emulator: Emulator) -> None:
    emulator.control("speed", speed=1000, startup=1)
    served(emulator, "late")
    deployment = blue_green("ALL_AT_ONCE", 0, 500)
    deployment["BlueGreenUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] = 600
    script = "import time\ntime.sleep(20)\ndef model_fn(d): pass\n"
    update(emulator, "late", config(emulator, model(emulator, "late-2", script)), deployment)
    seen = settled(emulator, "late")
    assert seen["EndpointConfigName"] == "late"
    assert "did not" in seen["FailureReason"]
    emulator.control("speed", speed=100, startup=30)


@pytest.mark.parametrize(
    ("more", "count", "weight"),
    [
        ({}, 1, 1.0),
        ({"RetainAllVariantProperties": True}, 2, 0.5),
        ({"RetainAllVariantProperties": True,
          "ExcludeRetainedVariantProperties": [{"VariantPropertyType": "DesiredInstanceCount"}]}, 1, 0.5),
    ],
    ids=["default", "retained", "excluded"],
)  # fmt: skip
def test_what_is_retained(emulator: Emulator, more: dict[str, Any], count: int, weight: float, request: Any) -> None:
    name = f"kept-{request.node.callspec.id}"
    served(emulator, name)
    wish = [{"VariantName": "a", "DesiredInstanceCount": 2, "DesiredWeight": 0.5}]
    emulator.client("sagemaker").update_endpoint_weights_and_capacities(
        EndpointName=name, DesiredWeightsAndCapacities=wish
    )
    assert look(emulator, name)["ProductionVariants"][0]["DesiredInstanceCount"] == 2
    settled(emulator, name)
    update(emulator, name, config(emulator, model(emulator, f"{name}-2")), **more)
    one = settled(emulator, name)["ProductionVariants"][0]
    assert (one["CurrentInstanceCount"], one["DesiredInstanceCount"]) == (count, count)
    assert (one["CurrentWeight"], one["DesiredWeight"]) == (weight, weight)


def test_variants_may_change_all_at_once(emulator: Emulator) -> None:
    served(emulator, "renamed")
    new = config(
        emulator,
        model(emulator, "renamed-2"),
        variant("renamed-2", "x", InitialVariantWeight=3.0),
        variant("renamed", "y"),
    )
    update(emulator, "renamed", new)
    seen = settled(emulator, "renamed")
    assert [one["VariantName"] for one in seen["ProductionVariants"]] == ["x", "y"]
    assert words(emulator, "renamed", 8) == {"renamed-2": 6, "renamed": 2}


def test_what_a_tester_prepares(emulator: Emulator) -> None:
    served(emulator, "wished")
    new = config(emulator, model(emulator, "wished-2"))
    sagemaker = emulator.client("sagemaker")
    emulator.control("capacity", times=1)
    update(emulator, "wished", new)
    seen = settled(emulator, "wished")
    assert (seen["EndpointStatus"], seen["EndpointConfigName"]) == ("InService", "wished")
    assert "InsufficientInstanceCapacity" in seen["FailureReason"]
    emulator.control("capacity", times=1)
    wish = [{"VariantName": "a", "DesiredInstanceCount": 2}]
    sagemaker.update_endpoint_weights_and_capacities(EndpointName="wished", DesiredWeightsAndCapacities=wish)
    seen = settled(emulator, "wished")
    assert "InsufficientInstanceCapacity" in seen["FailureReason"]
    assert seen["ProductionVariants"][0]["DesiredInstanceCount"] == 1
    emulator.control("fail", endpoint="doomed", reason="As you wish.")
    sagemaker.create_endpoint(EndpointName="doomed", EndpointConfigName=new)
    seen = settled(emulator, "doomed")
    assert (seen["EndpointStatus"], seen["FailureReason"]) == ("Failed", "As you wish.")
    with pytest.raises(ClientError, match="in status Failed"):
        update(emulator, "doomed", "wished")


def test_the_deployment_of_the_creation_may_be_used_again(emulator: Emulator) -> None:
    config(emulator, model(emulator, "again"))
    policy = blue_green("ALL_AT_ONCE", 0, 3000)
    sagemaker = emulator.client("sagemaker")
    sagemaker.create_endpoint(EndpointName="again", EndpointConfigName="again", DeploymentConfig=policy)
    began = time.monotonic()
    assert settled(emulator, "again")["LastDeploymentConfig"] == policy
    assert time.monotonic() - began < 25  # nothing bakes when an endpoint is made
    update(emulator, "again", config(emulator, model(emulator, "again-2")), RetainDeploymentConfig=True)
    said = bakes(emulator, "again")["VariantStatus"][0]["StatusMessage"]
    assert said.startswith("Baking for 3000 seconds (TerminationWaitInSeconds) with traffic enabled on full capacity")
