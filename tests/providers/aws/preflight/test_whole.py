"""All checks together: read-only, at once, within a time, and never an exception."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import pytest

from tests.providers.aws.preflight.scripted import GOOD, POLICY, Account, Answer, Refusal, run, want
from tradewind.providers.aws.preflight import checking
from tradewind.providers.aws.preflight.parallel import Once, gather
from tradewind.providers.base import Check

READS = ("Get", "Describe", "List", "Head", "Simulate")
NAMES = [
    "credentials", "region", "permissions", "role", "role permissions", "bucket", "training image", "serving image",
    "training machine", "serving machine", "training quota", "endpoint quota",
]  # fmt: skip


def test_all_of_it_in_its_order_and_nothing_but_reads() -> None:
    account = Account()
    found = account.checks(run(), want(), POLICY)
    assert [check.name for check in found] == NAMES
    # the suite's keys are temporary ones
    assert {check.name for check in found if check.verdict != "ok"} == {"credentials"}
    assert all(call.split(".")[1].startswith(READS) for call, _ in account.calls)


def test_an_account_alone() -> None:
    names = [check.name for check in Account().checks()]
    assert names == ["credentials", "region", "role", "role permissions", "bucket"]


def test_who_is_signed_in_is_asked_once() -> None:
    account = Account()
    account.checks(run(), want(), POLICY)
    assert [call for call, _ in account.calls].count("sts.GetCallerIdentity") == 1


@pytest.mark.parametrize("call", sorted(GOOD))
@pytest.mark.parametrize(
    "answer", [Refusal("AccessDenied", "no", 403), Refusal("InternalFailure", "", 500), {}], ids=str
)
def test_whatever_one_call_answers_it_is_told_and_never_raised(call: str, answer: Answer) -> None:
    """An empty answer is what botocore makes of one that was cut off."""
    account = Account()
    account.answers[call] = answer
    found = account.checks(run(), want(), POLICY)
    assert {check.name for check in found} >= {"credentials"}
    for check in found:
        assert check.verdict == "ok" or check.detail.strip()
        assert check.verdict != "will_fail" or check.fix.strip()
        assert "\n" not in check.detail


def test_a_look_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "PATIENCE", 1.5)
    hang = threading.Event()

    def answer(_: Mapping[str, Any]) -> Answer:
        hang.wait(30)
        return {"Regions": []}

    found = {check.name: check for check in Account(ec2_DescribeRegions=answer).checks()}
    hang.set()
    assert (found["region"].verdict, found["region"].detail) == ("cannot_tell", "no answer within 1.5 seconds")
    assert found["bucket"].verdict == "ok"


def test_looks_are_made_at_once_by_a_bounded_number() -> None:
    gate = threading.Barrier(3)
    assert gather([lambda: gate.wait(10) >= 0] * 3, workers=3, patience=10) == [True, True, True]
    running, most, lock = 0, 0, threading.Lock()

    def task() -> bool:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        with lock:
            running -= 1
        return True

    assert gather([task] * 50, workers=2, patience=10) == [True] * 50
    assert most <= 2


def test_what_a_shared_look_raised_is_raised_for_all() -> None:
    calls: list[int] = []

    def look() -> int:
        calls.append(1)
        raise ValueError("no")

    once = Once(look)
    for _ in range(3):
        with pytest.raises(ValueError, match="no"):
            once()
    assert len(calls) == 1


def test_a_check_that_breaks_says_so() -> None:
    def broken() -> list[Check]:
        raise RuntimeError("a bug")

    assert checking.Task("role", broken)() == (
        Check("role", "cannot_tell", "the check itself failed: RuntimeError: a bug"),
    )
