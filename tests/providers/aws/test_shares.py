"""`aws.serve.rollout: engine`: two variants whose shares the engine moves."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tradewind.providers.aws.serve import server as made
from tradewind.providers.aws.shares import SharesServer
from tradewind.providers.base import NativeRollout, StreamingServer
from tradewind.spec.clouds.aws import Aws, AwsServe
from tradewind.values import Observed, Wanted

from .pretended import Account
from .wanted import GROUND, M5, ONE, PING, THREE, TWO, options, settle, version, want

ENGINE = Aws(serve=AwsServe(rollout="engine"))


@pytest.fixture
def account() -> Account:
    return Account()


def server(account: Account) -> SharesServer:
    return SharesServer(account, GROUND, ENGINE)  # type: ignore[arg-type]  # a session's face


def advance(account: Account, wish: Wanted, **more: Any) -> Observed:
    return settle(account, wish, made=lambda: server(account), **more)


def seats(seen: Observed) -> dict[str, str]:
    return {one.slot: one.digest for one in seen.versions}


OLD, NEW = version(ONE), version(TWO, slot="b")


def test_it_has_no_rollout_of_its_own(account: Account) -> None:
    one = made(account, GROUND, ENGINE)  # type: ignore[arg-type]  # likewise
    assert isinstance(one, SharesServer)
    assert isinstance(one, StreamingServer)
    assert not isinstance(one, NativeRollout)
    assert isinstance(made(account, GROUND, Aws()), NativeRollout)  # type: ignore[arg-type]  # likewise


def test_a_newcomer_has_no_traffic_until_it_is_there(account: Account) -> None:
    advance(account, want(OLD))
    before = len(account.calls)
    seen = advance(account, want(OLD, NEW, a=90, b=10))
    assert (seen.phase, seats(seen), dict(seen.traffic)) == ("settled", {"a": ONE, "b": TWO}, {"a": 90, "b": 10})
    writes = [name for _, name, _ in account.calls[before:] if name.startswith(("create", "update", "add", "delete"))]
    assert writes == [
        "create_model", "create_endpoint_config", "add_tags", "update_endpoint", "update_endpoint_weights_and_capacities",
        "delete_endpoint_config",
    ]  # fmt: skip
    weights = {
        one["VariantName"]: one["InitialVariantWeight"]
        for one in account.requests("create_endpoint_config")[-1]["ProductionVariants"]
    }
    assert weights == {"a": 100.0, "b": 0.0}
    assert len(account.models) == 2


def test_shares_move_without_another_configuration(account: Account) -> None:
    advance(account, want(OLD))
    advance(account, want(OLD, NEW, a=100))
    configs = len(account.requests("create_endpoint_config"))
    for share in (10, 50, 100):
        seen = advance(account, want(OLD, NEW, a=100 - share, b=share))
        assert dict(seen.traffic) == {slot: part for slot, part in (("a", 100 - share), ("b", share)) if part}
    assert len(account.requests("create_endpoint_config")) == configs
    assert account.writes().count("update_endpoint") == 1


def test_traffic_leaves_before_the_machines_go(account: Account) -> None:
    advance(account, want(OLD))
    advance(account, want(OLD, NEW, a=90, b=10))
    before = len(account.writes())
    seen = advance(account, want(NEW))
    assert (seats(seen), dict(seen.traffic)) == ({"b": TWO}, {"b": 100})
    writes = account.writes()[before:]
    assert writes.index("update_endpoint_weights_and_capacities") < writes.index("update_endpoint")
    assert writes.index("deregister_scalable_target") < writes.index("update_endpoint")
    assert len(account.models) == len(account.configs) == len(account.targets) == 1
    third = advance(account, want(NEW, version(THREE), b=100))
    assert (seats(third), dict(third.traffic)) == ({"a": THREE, "b": TWO}, {"b": 100})


def test_back_to_a_pair_that_was_there_the_other_way_round(account: Account) -> None:
    """Left unswept by a kill, the old pair's configuration would give the newcomer all the traffic."""
    advance(account, want(OLD))
    advance(account, want(OLD, NEW, a=100))
    advance(account, want(OLD, NEW, b=100))
    while len(account.endpoints["churn"]["ProductionVariants"]) == 2:
        server(account).advance(want(NEW))
        if account.endpoints["churn"]["EndpointStatus"] == "Updating":
            account.finish("churn")
    assert len(account.configs) > 1
    advance(account, want(OLD, NEW, b=100))
    born = account.requests("create_endpoint_config")[-1]["ProductionVariants"]
    assert {one["VariantName"]: one["InitialVariantWeight"] for one in born} == {"a": 0.0, "b": 100.0}


def test_a_broken_newcomer_is_told_beside_who_serves(account: Account) -> None:
    advance(account, want(OLD))
    for _ in range(2):
        seen = advance(account, want(OLD, NEW, a=100), fails=PING)
        assert seen.phase == "failed"
        assert {one.slot: (one.ready, one.failed) for one in seen.versions} == {"a": (True, False), "b": (False, True)}
        assert "ping" in next(one.reason for one in seen.versions if one.slot == "b")
        assert dict(seen.traffic) == {"a": 100}
    assert account.writes().count("update_endpoint") == 1
    seen = advance(account, want(OLD))
    assert (seen.phase, seats(seen)) == ("settled", {"a": ONE})
    assert len(account.configs) == len(account.models) == 1


def test_sizes_are_each_its_own(account: Account) -> None:
    advance(account, want(OLD))
    account.scale_out("churn", 3)
    seen = advance(account, want(OLD, version(TWO, slot="b", min=2, max=2, target=None), a=90, b=10))
    assert {one.slot: (one.min, one.max, one.now) for one in seen.versions} == {"a": (1, 4, 3), "b": (2, 2, 2)}


def test_every_answer_to_a_write_lost(account: Account) -> None:
    account.dies = True
    advance(account, want(OLD))
    advance(account, want(OLD, NEW, a=90, b=10))
    seen = advance(account, want(NEW))
    assert (seen.phase, seats(seen)) == ("settled", {"b": TWO})
    assert account.writes().count("update_endpoint") == 2
    assert advance(account, want()).phase == "settled"
    assert account.empty


def test_from_sagemakers_own_rollouts_and_back(account: Account) -> None:
    """The same version in the same seat is no reason to build it anew."""
    settle(account, want(OLD))
    updates = account.writes().count("update_endpoint")
    assert advance(account, want(OLD)).phase == "settled"
    assert account.writes().count("update_endpoint") == updates
    advance(account, want(OLD, NEW, b=100))
    advance(account, want(NEW))
    updates = account.writes().count("update_endpoint")
    assert settle(account, want(NEW)).phase == "settled"
    assert account.writes().count("update_endpoint") == updates
    assert seats(settle(account, want(version(THREE, slot="b")))) == {"b": THREE}


def test_another_machine_in_a_seat(account: Account) -> None:
    advance(account, want(OLD))
    other = version(TWO, container=replace(options(), machine=M5))
    assert seats(advance(account, want(other))) == {"a": TWO}
    assert "deregister_scalable_target" in account.writes()
