"""Rollouts that went back, that must be put back, and versions that come back: the same from any process."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tradewind.spec.clouds.aws import Rolling

from .pretended import Account
from .wanted import CANARY, ONE, PING, THREE, TWO, config, options, server, settle, version, want


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize("reason", [PING, ""])
def test_what_went_back_is_told_again_and_again(account: Account, reason: str) -> None:
    settle(account, want(version()))
    account.lines = {"a/i-1": ["loading", "ValueError: not a model"], "b/i-0": ["other"]}
    for _ in range(3):
        seen = settle(account, want(version(TWO)), CANARY, fails=reason or " ")
        if not reason:
            account.endpoints["churn"].pop("FailureReason", None)  # SageMaker often says none
            account.alarms[f"tradewind/churn/{config(TWO)}/errors"].update(StateValue="ALARM", StateReason="0.5 > 0.01")
        assert (seen.phase, [one.digest for one in seen.versions]) == ("rolled_back", [ONE])
    assert account.writes().count("update_endpoint") == 1
    seen = settle(account, want(version(TWO)), CANARY)
    expected = "ValueError: not a model" if reason else f"alarm tradewind/churn/{config(TWO)}/errors rang: 0.5 > 0.01"
    assert expected in seen.reason


def test_after_it_is_put_back_it_may_be_tried_again(account: Account) -> None:
    settle(account, want(version()))
    settle(account, want(version(TWO)), CANARY, fails=PING)
    assert settle(account, want(version(ONE))).phase == "settled"
    assert [*account.configs] == [config(ONE)]
    assert not account.alarms
    assert settle(account, want(version(TWO)), CANARY).phase == "settled"


def test_the_same_process_may_try_again(account: Account) -> None:
    """What it knew to be there was swept meanwhile."""
    one = server(account)
    settle(account, want(version()), made=lambda: one)
    settle(account, want(version(TWO)), CANARY, fails=PING, made=lambda: one)
    settle(account, want(version(ONE)), made=lambda: one)
    assert settle(account, want(version(TWO)), CANARY, made=lambda: one).phase == "settled"


def test_a_changed_policy_changes_alarms_that_are_there(account: Account) -> None:
    settle(account, want(version()))
    while "add_tags" not in account.writes():
        server(account).advance_natively(want(version(TWO)), CANARY)
    settle(account, want(version(TWO)), replace(CANARY, error_rate=0.2, min_requests=2000))
    errors = account.alarms[f"tradewind/churn/{config(TWO)}/errors"]
    assert errors["Threshold"] == 0.2
    assert "r >= 400 " in errors["Metrics"][2]["Expression"]


def test_an_autoscaler_before_the_update_is_no_rollback(account: Account) -> None:
    """Marked, killed, and the fleet was scaled before anybody went on: it never began."""
    settle(account, want(version()))
    while "add_tags" not in account.writes():
        server(account).advance_natively(want(version(TWO)), CANARY)
    account.scale_out("churn", 3)
    assert settle(account, want(version(TWO)), CANARY).phase == "settled"


def test_a_stand_in_that_hides_the_deployment_ends_all_the_same(account: Account) -> None:
    account.shows_deployment = account.shows_pending = False
    settle(account, want(version()))
    assert settle(account, want(version(TWO)), CANARY, fails=" ").phase == "rolled_back"
    account.endpoints["churn"].pop("FailureReason")
    assert settle(account, want(version(TWO)), CANARY, fails=" ").phase == "rolled_back"
    assert account.writes().count("update_endpoint") <= 2


def test_who_served_before_may_come_back(account: Account) -> None:
    """Its mark is from a rollout that succeeded: it says nothing of the next one."""
    settle(account, want(version(ONE)))
    settle(account, want(version(TWO)), CANARY)
    settle(account, want(version(ONE)))
    while account.endpoints["churn"]["EndpointConfigName"] != config(TWO):
        server(account).advance(want(version(TWO)))
        if account.endpoints["churn"]["EndpointStatus"] == "Updating":
            account.finish("churn")
    assert config(ONE) in account.configs, "killed before anything was swept"
    assert settle(account, want(version(ONE))).versions[0].digest == ONE


def test_an_update_that_nobody_wants_any_more_is_put_back_by_its_alarm(account: Account) -> None:
    settle(account, want(version()))
    while account.endpoints["churn"]["EndpointStatus"] != "Updating":
        server(account).advance_natively(want(version(TWO)), CANARY)
    del account.calls[:]
    assert server(account).advance(want(version(ONE))).phase == "moving"
    assert account.writes() == ["set_alarm_state"]
    assert server(account).advance(want(version(ONE))).phase == "moving"
    assert account.writes() == ["set_alarm_state"], "it rings already"
    account.finish("churn", fails="rolled back: an alarm rang")
    seen = settle(account, want(version(ONE)))
    assert (seen.phase, [one.digest for one in seen.versions]) == ("settled", [ONE])
    assert not account.alarms
    assert [*account.configs] == [config(ONE)]


def test_an_update_without_alarms_is_waited_for_and_then_undone(account: Account) -> None:
    settle(account, want(version()))
    while account.endpoints["churn"]["EndpointStatus"] != "Updating":
        server(account).advance(want(version(TWO)))
    assert settle(account, want(version(THREE))).versions[0].digest == THREE


def test_the_old_version_by_batches_where_there_is_no_room(account: Account) -> None:
    box = options(rolling=Rolling(batch=0.25))
    settle(account, want(version()))
    settle(account, want(version(TWO, container=box)), CANARY)
    settle(account, want(version(ONE, container=box)))
    plain, back = (request["DeploymentConfig"] for request in account.requests("update_endpoint"))
    assert plain["RollingUpdatePolicy"]["WaitIntervalInSeconds"] == 300
    assert back == {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
            "WaitIntervalInSeconds": 0,
            "MaximumExecutionTimeoutInSeconds": 3600,
            "RollbackMaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
        }
    }


def test_an_endpoint_whose_rollback_failed_too_is_no_success_and_the_next_version_mends_it(account: Account) -> None:
    """UpdateRollbackFailed: machines of both configurations answer. It can be updated, as one that is in service."""
    settle(account, want(version()))
    account.endpoints["churn"].update(EndpointStatus="UpdateRollbackFailed", FailureReason="no capacity to go back")
    seen = server(account).advance(want(version()))
    assert (seen.phase, seen.reason) == ("failed", "no capacity to go back")
    seen = settle(account, want(version(THREE)), CANARY)
    assert (seen.phase, [one.digest for one in seen.versions]) == ("settled", [THREE])
    assert "delete_endpoint" not in account.writes(), "it serves"
