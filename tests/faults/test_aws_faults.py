"""The real command where 30 % of all calls to AWS fail, in seven ways: it converges, and nothing is there twice.

TRADEWIND_FAULT_SEEDS="1 2 3" runs other seeds than the one that CI runs.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.faults import aws_project
from tests.faults.account import Account
from tests.faults.plans import INVOKES, Chaos, Fault, Only
from tests.faults.proxy import Proxy

SEEDS = [int(one) for one in os.environ.get("TRADEWIND_FAULT_SEEDS", "3").split()]
NEW = ("--set", "train.parameters.factor=3")


@pytest.mark.long
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", SEEDS)
def test_up_rollout_and_down_converge(proxy: Proxy, account: Account, tmp_path: Path, seed: int) -> None:
    name = f"chaos-{seed}"
    project = aws_project.tiny(tmp_path, proxy.url, name)
    proxy.plan = Chaos(seed)

    first = project.deploy("up", "--yes", timeout=120)
    assert first.code == 0, (seed, proxy.fired, first)
    assert list(account.jobs(name).values()) == ["Completed"]
    assert account.endpoints(name) == {name: "InService"}
    assert (len(account.configs(name)), len(account.models(name))) == (1, 1)
    calls = len(proxy.calls)

    second = project.deploy("up", "--yes", *NEW, timeout=120)
    assert second.code == 0, (seed, proxy.fired, second)
    assert list(account.jobs(name).values()) == ["Completed", "Completed"]
    assert (len(account.configs(name)), len(account.models(name))) == (1, 1)
    assert proxy.calls[calls:]
    proxy.plan = None
    assert project.ask(aws_project.ASK) == [3.0, 6.0]
    told = project.deploy("history", "--output", "json").json["entries"]
    assert sorted(one["what"] for one in told) == ["rolled_out", "rolled_out", "trained", "trained"]

    proxy.plan = Chaos(seed + 1000)
    gone = project.deploy("down", "--yes", timeout=120)
    assert gone.code == 0, (seed, proxy.fired, gone)
    assert account.left() == {}
    assert len(proxy.fired) == len(Chaos.KINDS), proxy.fired  # each kind of fault has happened
    share = sum(proxy.fired.values()) / proxy.count(lambda call: call.operation not in INVOKES)
    print(f"seed {seed}: {len(proxy.calls)} calls, {share:.0%} of them failed: {dict(proxy.fired)}")
    assert 0.2 < share < 0.4


@pytest.mark.long
@pytest.mark.timeout(200)
def test_an_invocation_is_never_sent_twice(proxy: Proxy, account: Account, tmp_path: Path) -> None:
    project = aws_project.tiny(tmp_path, proxy.url, "once")
    project.up()
    for kind, streamed in (
        (Fault.RESET_AFTER, False),
        (Fault.RESET_AFTER, True),
        (Fault.RESET_BEFORE, False),
        (Fault.INTERNAL, False),
        (Fault.UNAVAILABLE, True),
        (Fault.THROTTLE, False),
    ):
        sent = proxy.count(lambda call: call.operation in INVOKES)
        proxy.plan = Only(kind, lambda call: call.operation in INVOKES)
        answer = project.deploy("endpoint", "invoke", "--data", "[1.0]", *(["--stream"] if streamed else []))
        assert answer.code == 1, (kind, answer)
        assert "Traceback" not in answer.err
        assert proxy.count(lambda call: call.operation in INVOKES) == sent + 1, kind
    proxy.plan = None
    assert project.ask([1.0]) == [2.0]
    assert project.deploy("down", "--yes").code == 0
    assert account.left() == {}
