"""SageMaker's own rollouts, step by step: what is asked for in which order, and that it can be gone on with from anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tradewind.providers.aws import marks

from .pretended import ARN, Account
from .wanted import CANARY, M5, MINUTE, ONE, THREE, TWO, config, options, server, settle, version, want

FIRST = ["create_model", "create_endpoint_config", "create_endpoint", "register_scalable_target", "put_scaling_policy"]


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_first_version_in_its_order(account: Account) -> None:
    seen = settle(account, want(version()))
    assert account.writes() == FIRST
    assert (seen.phase, seen.traffic, dict(seen.tags)) == ("settled", {"a": 100}, dict(want().tags))
    assert seen.url == "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/churn/invocations"
    (one,) = seen.versions
    assert (one.slot, one.digest, one.ready, one.min, one.max, one.now) == ("a", ONE, True, 1, 4, 1)
    settle(account, want(version()))
    assert account.writes() == FIRST, "settled, and yet something was written"


def test_a_poll_takes_three_calls(account: Account) -> None:
    settle(account, want(version()))
    one = server(account)
    one.observe("churn")
    before = len(account.calls)
    assert one.observe("churn") == server(account).observe("churn")
    assert [operation for _, operation, _ in account.calls[before : before + 3]] == [
        "describe_endpoint", "list_tags", "describe_scalable_targets",
    ]  # fmt: skip
    assert len(account.calls) - before <= 3 + 4


def test_an_update_in_its_order(account: Account) -> None:
    settle(account, want(version()))
    del account.calls[:]
    seen = settle(account, want(version(TWO)), CANARY)
    assert (seen.phase, [one.digest for one in seen.versions]) == ("settled", [TWO])
    assert account.writes() == [
        "create_model", "create_endpoint_config", "put_metric_alarm", "put_metric_alarm", "add_tags", "update_endpoint",
        "delete_endpoint_config", "delete_model",
    ]  # fmt: skip
    assert [*account.configs] == [*account.models] == [config(TWO)]
    (update,) = account.requests("update_endpoint")
    assert update["RetainAllVariantProperties"] is True
    assert update["ExcludeRetainedVariantProperties"] == [{"VariantPropertyType": "DataCaptureConfig"}]
    assert [alarm["AlarmName"] for alarm in update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]] == [
        f"tradewind/churn/{config(TWO)}/errors", f"tradewind/churn/{config(TWO)}/p95",
    ]  # fmt: skip
    assert seen == settle(account, want(version(TWO)), CANARY)


def test_the_users_alarms_guard_too(account: Account) -> None:
    settle(account, want(version()))
    settle(account, want(version(TWO, container=options(alarms=("orders-fail",)))), CANARY)
    guards = account.requests("update_endpoint")[0]["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert guards[-1] == {"AlarmName": "orders-fail"}
    assert len(guards) == 3
    many = options(alarms=tuple(f"alarm-{n}" for n in range(10)))
    settle(account, want(version(THREE, container=many)), CANARY)
    guards = account.requests("update_endpoint")[1]["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    assert len(guards) == 10
    assert guards[1]["AlarmName"].startswith("tradewind/")


@pytest.mark.parametrize("fresh", [True, False])
def test_every_answer_to_a_write_lost(account: Account, fresh: bool) -> None:
    """As after a kill behind each write: the next call goes on, and nothing is there twice."""
    account.dies = True
    account.groups.add("/aws/sagemaker/Endpoints/churn")
    one = server(account)
    made = None if fresh else lambda: one
    settle(account, want(version()), made=made)
    seen = settle(account, want(version(TWO), tags={"team": "other"}), CANARY, made=made)
    assert (seen.phase, seen.versions[0].digest, dict(seen.tags)) == ("settled", TWO, {"team": "other"})
    assert account.writes().count("update_endpoint") == account.writes().count("create_endpoint") == 1
    assert settle(account, want(), made=made).phase == "settled"
    assert account.empty


def test_a_scaled_out_fleet_is_not_shrunk(account: Account) -> None:
    settle(account, want(version()))
    account.scale_out("churn", 3)
    assert settle(account, want(version(TWO)), CANARY).versions[0].now == 3
    assert settle(account, want(version(TWO, min=2))).versions[0].now == 3
    assert "update_endpoint_weights_and_capacities" not in account.writes()


def test_sizes_change_in_place(account: Account) -> None:
    settle(account, want(version()))
    del account.calls[:]
    seen = settle(account, want(version(min=2, max=5)))
    assert account.writes() == ["register_scalable_target", "update_endpoint_weights_and_capacities"]
    assert (seen.versions[0].min, seen.versions[0].max, seen.versions[0].now) == (2, 5, 2)
    seen = settle(account, want(version(min=3, max=3, target=None)))
    assert (seen.versions[0].min, seen.versions[0].max, seen.versions[0].now) == (3, 3, 3)
    assert not account.targets
    assert not account.policies


def test_an_autoscaler_may_be_faster(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """It begins to resize between our look and our call."""
    settle(account, want(version()))
    register = account.register_scalable_target

    def at_once(**request: Any) -> None:
        register(**request)
        account.hidden.add("churn")  # looks in service for one more look

    monkeypatch.setattr(account, "register_scalable_target", at_once)
    seen = settle(account, want(version(min=2)))
    assert (seen.versions[0].min, seen.versions[0].now) == (2, 2)


def test_a_min_of_zero_is_one_machine_and_as_wanted(account: Account) -> None:
    for wish in (version(min=0), version(min=0, max=1, target=None)):
        (one,) = settle(account, want(wish)).versions
        assert (one.min, one.max, one.now, one.ready) == (0, wish.max, 1, True)
    seen = settle(account, want(version()))
    assert (seen.versions[0].min, dict(seen.tags)) == (1, dict(want().tags))


def test_another_measure_takes_the_place_of_the_first(account: Account) -> None:
    settle(account, want(version()))
    settle(account, want(version(target=None, scale_on={"cpu": 0.5})))
    assert [name for _, name in account.policies] == ["tradewind-cpu"]


def test_tags_change_in_place(account: Account) -> None:
    settle(account, want(version()))
    account.tags[f"{ARN}:endpoint/churn"]["aws:cloudformation:stack-name"] = "s"
    seen = settle(account, want(version(), tags={"team": "other", "emoji": "🚀"}))
    assert dict(seen.tags) == {"team": "other", "emoji": "🚀"}
    assert account.writes()[-2:] == ["add_tags", "delete_tags"]
    assert "aws:cloudformation:stack-name" in account.tags[f"{ARN}:endpoint/churn"]


def test_another_machine_type_is_deregistered_first(account: Account) -> None:
    settle(account, want(version()))
    other = replace(version(TWO), container=replace(options(), machine=M5))
    assert settle(account, want(other), CANARY).phase == "settled"
    update = account.writes().index("update_endpoint")
    assert account.writes()[:update].count("deregister_scalable_target") == 1
    assert account.targets


def test_losses_are_those_of_the_offline_plan(account: Account) -> None:
    policy, losses = replace(CANARY, keep=MINUTE * 0), server(account).native_losses
    assert [loss.path for loss in losses(replace(policy, steps=(10, 50)))] == ["serve.rollout.steps"]
    assert not losses(policy)
    assert not losses(replace(policy, bake=MINUTE / 60))


def test_a_mark_reads_back() -> None:
    mark = marks.Mark("churn-1a2b", "2026-11-24T12:00:00.123+00:00", again=True)
    assert marks.parse(str(mark)) == mark
    assert marks.parse("") is marks.parse(None) is marks.parse("half") is None
