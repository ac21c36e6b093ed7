"""Policies as SageMaker's deployment guardrails."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tradewind.providers.aws import deployment as it
from tradewind.spec.clouds.aws import Rolling
from tradewind.values import Policy

from .requests import faults
from .wanted import CANARY, MINUTE

HOUR = timedelta(hours=1)


def made(policy: Policy | None, rolling: Rolling | None = None, alarms: tuple[str, ...] = ("one",)) -> dict[str, Any]:
    found = it.config(policy, alarms, rolling)
    assert found is not None
    request = {"EndpointName": "e", "EndpointConfigName": "c", "DeploymentConfig": found}
    assert faults("UpdateEndpoint", request) == []
    return found


def blue_green(policy: Policy) -> dict[str, Any]:
    return dict(made(policy)["BlueGreenUpdatePolicy"])


def test_a_canary() -> None:
    assert made(CANARY) == {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                "Type": "CANARY",
                "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10},
                "WaitIntervalInSeconds": 300,
            },
            "TerminationWaitInSeconds": 1800,
            "MaximumExecutionTimeoutInSeconds": 2 * 300 + 1800 + 3600,
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "one"}]},
    }


@pytest.mark.parametrize(
    ("strategy", "steps", "routing"),
    [
        ("canary", (80, 90), ("CANARY", 50)),
        ("linear", (25, 50, 75), ("LINEAR", 25)),
        ("linear", (5,), ("LINEAR", 10)),
        ("linear", (60,), ("LINEAR", 50)),
        ("blue_green", (), ("ALL_AT_ONCE", None)),
        ("all_at_once", (), ("ALL_AT_ONCE", None)),
    ],
)
def test_what_each_strategy_becomes(strategy: str, steps: tuple[int, ...], routing: tuple[str, int | None]) -> None:
    policy = replace(CANARY, strategy=strategy, steps=steps)  # type: ignore[arg-type]  # a literal of the test
    found = blue_green(policy)["TrafficRoutingConfiguration"]
    size = found.get("CanarySize") or found.get("LinearStepSize") or {}
    assert (found["Type"], size.get("Value")) == routing
    assert found["WaitIntervalInSeconds"] == 300


def test_unwatched_where_nothing_is_to_be_judged() -> None:
    policy = replace(CANARY, strategy="all_at_once", steps=(), error_rate=None, p95=None)
    assert blue_green(policy)["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] == 0
    assert it.config(None, (), None) is None


def test_long_enough_for_an_alarm_to_ring() -> None:
    found = blue_green(replace(CANARY, bake=timedelta(seconds=1)))
    assert found["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"] == it.LEAST_WAIT


@pytest.mark.parametrize("bake", [MINUTE, HOUR, HOUR * 5])
@pytest.mark.parametrize("keep", [timedelta(0), HOUR * 5])
@pytest.mark.parametrize(("strategy", "steps"), [("canary", (10,)), ("linear", (10,)), ("blue_green", ())])
def test_everything_fits_into_the_longest_deployment(
    strategy: str, steps: tuple[int, ...], bake: timedelta, keep: timedelta
) -> None:
    policy = replace(CANARY, strategy=strategy, steps=steps, bake=bake, keep=keep)  # type: ignore[arg-type]  # likewise
    found, planned = blue_green(policy), it.of_policy(policy)
    waits = planned.waits * found["TrafficRoutingConfiguration"]["WaitIntervalInSeconds"]
    assert waits + found["TerminationWaitInSeconds"] < found["MaximumExecutionTimeoutInSeconds"] <= it.LONGEST


def test_batches() -> None:
    found = made(CANARY, Rolling(batch=0.05, timeout=HOUR * 2))["RollingUpdatePolicy"]
    assert found["MaximumBatchSize"] == found["RollbackMaximumBatchSize"] == {"Type": "CAPACITY_PERCENT", "Value": 5}
    assert (found["WaitIntervalInSeconds"], found["MaximumExecutionTimeoutInSeconds"]) == (300, 7200)
    assert (
        made(CANARY, Rolling(batch=0.05))["RollingUpdatePolicy"]["MaximumExecutionTimeoutInSeconds"] == 20 * 300 + 3600
    )


@pytest.mark.parametrize(
    ("asked", "steps", "bake"),
    [
        (CANARY, (10,), 5 * MINUTE),
        (replace(CANARY, steps=(10, 50), bake=30 * timedelta(seconds=1)), (10,), 2 * MINUTE),
        (replace(CANARY, steps=(80,)), (50,), 5 * MINUTE),
        (replace(CANARY, strategy="linear", steps=(5,)), tuple(range(10, 100, 10)), 5 * MINUTE),
        (replace(CANARY, strategy="blue_green", steps=()), (), 5 * MINUTE),
    ],
)
def test_the_policy_that_is_followed_is_what_is_asked_of_sagemaker(
    asked: Policy, steps: tuple[int, ...], bake: timedelta
) -> None:
    followed = it.followed(asked)
    assert (followed.steps, followed.bake) == (steps, bake)
    assert it.of_policy(followed) == it.of_policy(asked)
    assert it.followed(followed) == followed


def test_batches_are_steps_too() -> None:
    followed = it.followed(CANARY, Rolling(batch=0.25))
    assert (followed.steps, followed.bake, followed.keep) == ((25, 50, 75), 5 * MINUTE, timedelta(0))
