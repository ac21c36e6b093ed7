"""Logs of an endpoint: which are whose, and what is said where there are none."""

from __future__ import annotations

import pytest

from tradewind.errors import ProviderError

from .pretended import Account
from .wanted import server, settle, version, want


@pytest.fixture
def account() -> Account:
    made = Account()
    settle(made, want(version()))
    return made


def test_lines_of_one_slot(account: Account) -> None:
    account.lines = {"a/i-1": ["one", "two"], "b/i-2": ["other"]}
    page = server(account).logs("churn", "a", None)
    assert [(line.text, line.source) for line in page.lines] == [("one", "i-1"), ("two", "i-1")]
    assert not page.end, "a machine may always say more"
    account.lines["a/i-1"].append("three")
    rest = server(account).logs("churn", "a", page.cursor)
    assert [line.text for line in rest.lines] == ["three"]


def test_nothing_said_yet(account: Account) -> None:
    page = server(account).logs("churn", "a", None)
    assert (page.lines, page.end) == ((), False)


@pytest.mark.parametrize(
    ("name", "slot", "said"), [("churn", "z", "slot z, only in a"), ("other", "a", "no endpoint other")]
)
def test_nobody_there(account: Account, name: str, slot: str, said: str) -> None:
    with pytest.raises(ProviderError, match=said) as caught:
        server(account).logs(name, slot, None)
    assert caught.value.kind == "missing"


def test_no_log_is_no_reason_to_hide_a_failure(account: Account) -> None:
    failed = settle(account, want(version(), name="second"), fails="The container did not pass the ping health check.")
    assert failed.reason == "The container did not pass the ping health check."
