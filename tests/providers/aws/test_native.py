"""SageMaker's own rollouts, step by step: what is asked for in which order, and that it can be gone on with from anywhere."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tradewind.errors import ProviderError
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws import marks
from tradewind.spec.clouds.aws import Rolling

from .pretended import ARN, Account
from .wanted import CANARY, M5, MINUTE, ONE, THREE, TWO, options, server, settle, version, want

PING = (
    "The primary container for production variant a did not pass the ping health check. Please check CloudWatch logs."
)
FIRST = ["create_model", "create_endpoint_config", "create_endpoint", "register_scalable_target", "put_scaling_policy"]


@pytest.fixture
def account() -> Account:
    return Account()


def config(digest: str) -> str:
    return names.version("churn", digest)


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


# ---- going back


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


# ---- what fails, and the end


def test_a_first_version_that_fails_says_its_last_words(account: Account) -> None:
    account.lines = {"a/i-1": ["loading", "ValueError: not a model"]}
    seen = settle(account, want(version()), fails=PING)
    assert (seen.phase, seen.versions[0].failed, seen.traffic) == ("failed", True, {})
    assert "Its log ends: loading | ValueError: not a model" in seen.reason
    assert settle(account, want(version()), fails=PING) == seen
    assert settle(account, want(version(TWO))).phase == "settled"
    assert account.writes().count("delete_endpoint") == 1
    assert [*account.models] == [config(TWO)]


@pytest.mark.parametrize("state", ["InService", "Updating", "Creating", "Failed"])
def test_down_from_any_state(account: Account, state: str) -> None:
    account.groups.add("/aws/sagemaker/Endpoints/churn")
    account.groups.add("/aws/sagemaker/Endpoints/churn-2")
    if state == "Creating":
        while account.endpoints.get("churn", {}).get("EndpointStatus") != "Creating":
            server(account).advance(want(version()))
    else:
        settle(account, want(version()), fails=PING if state == "Failed" else "")
    if state == "Updating":
        while account.endpoints["churn"]["EndpointStatus"] != "Updating":
            server(account).advance_natively(want(version(TWO)), CANARY)
    for _ in range(2):
        seen = settle(account, want())
        assert (seen.phase, seen.versions) == ("settled", ())
    assert account.groups == {"/aws/sagemaker/Endpoints/churn-2"}
    account.groups.clear()
    assert account.empty
    assert server(account).observe("churn") is None


def test_down_of_nothing_changes_nothing(account: Account) -> None:
    assert server(account).advance(want()).phase == "settled"
    assert account.writes() == []


def test_what_another_endpoint_has_stays(account: Account) -> None:
    """Names that begin alike: only the tag says whose they are."""
    long = "churn-" + "x" * 50
    settle(account, want(version(), name=long))
    settle(account, want(version(), name=long[:-1]))
    settle(account, want(version(TWO), name=long), CANARY)
    settle(account, want(name=long))
    assert len(account.models) == len(account.configs) == len(account.endpoints) == 1


def test_what_somebody_else_made_is_left_alone(account: Account) -> None:
    settle(account, want(version()))
    account.endpoints["churn"]["EndpointConfigName"] = "theirs"
    account.tags[f"{ARN}:endpoint/churn"] = {"owner": "somebody"}
    before = len(account.writes())
    for wish in (want(version()), want()):
        with pytest.raises(ProviderError, match="tradewind did not make") as caught:
            server(account).advance(wish)
        assert caught.value.kind == "conflict"
    assert len(account.writes()) == before


def test_a_name_that_holds_something_else_is_a_conflict(account: Account) -> None:
    while "create_model" not in account.writes():
        server(account).advance(want(version()))
    account.tags[f"{ARN}:model/{config(ONE)}"]["tradewind-digest"] = TWO
    with pytest.raises(ProviderError, match="is something else") as caught:
        server(account).advance(want(version()))
    assert caught.value.kind == "conflict"


def test_wishes_that_make_no_sense_change_nothing(account: Account) -> None:
    one, two = version(), version(TWO, slot="b")
    for wish in (
        want(one, a=90),
        want(one, a=90, b=10),
        want(one, two, a=90, b=10),
        want(version(min=3, max=2)),
        want(one, name="bad_name"),
    ):
        with pytest.raises(ProviderError) as caught:
            server(account).advance(wish)
        assert caught.value.kind == "invalid"
    with pytest.raises(ProviderError, match="takes one version"):
        server(account).advance_natively(want(), CANARY)
    assert account.calls == []


def test_the_first_version_can_be_probed_before_it_gets_traffic(account: Account) -> None:
    assert settle(account, replace(want(version()), traffic={})).traffic == {}
    assert settle(account, want(version())).traffic == {"a": 100}
    assert "tradewind-closed" not in account.tags[f"{ARN}:endpoint/churn"]
    assert "update_endpoint_weights_and_capacities" not in account.writes()


def test_losses_are_those_of_the_offline_plan(account: Account) -> None:
    policy, losses = replace(CANARY, keep=MINUTE * 0), server(account).native_losses
    assert [loss.path for loss in losses(replace(policy, steps=(10, 50)))] == ["serve.rollout.steps"]
    assert not losses(policy)
    assert not losses(replace(policy, bake=MINUTE / 60))


def test_a_mark_reads_back() -> None:
    mark = marks.Mark("churn-1a2b", "2026-11-24T12:00:00.123+00:00", again=True)
    assert marks.parse(str(mark)) == mark
    assert marks.parse("") is marks.parse(None) is marks.parse("half") is None
