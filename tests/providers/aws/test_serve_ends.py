"""First versions that fail, taking down from any state, and what is left alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tradewind.errors import ProviderError

from .pretended import ARN, Account
from .pretended_beside import refusal
from .wanted import CANARY, ONE, PING, TWO, config, server, settle, version, want


@pytest.fixture
def account() -> Account:
    return Account()


def test_a_first_version_that_fails_says_its_last_words(account: Account) -> None:
    account.lines = {"a/i-1": ["loading", "ValueError: not a model"]}
    seen = settle(account, want(version()), fails=PING)
    assert (seen.phase, seen.versions[0].failed, seen.traffic) == ("failed", True, {})
    assert "Its log ends: loading | ValueError: not a model" in seen.reason
    assert settle(account, want(version()), fails=PING) == seen
    assert settle(account, want(version(TWO))).phase == "settled"
    assert account.writes().count("delete_endpoint") == 1
    assert [*account.models] == [config(TWO)]


def test_a_later_version_that_fails_says_its_own_last_words(account: Account) -> None:
    """The machines that serve meanwhile write later than the one that died."""
    settle(account, want(version()))
    frames = '  File "serve.py", line 1\n    import numpi'
    account.lines = {"a/i-2": ["Traceback:", frames, "", "No module named 'numpi'"], "a/i-1": ["GET /ping 200"] * 9}
    account.born = {"a/i-1": 1000, "a/i-2": 2000}
    seen = settle(account, want(version(TWO)), CANARY, fails=PING)
    assert seen.phase == "rolled_back"
    assert seen.reason.endswith("Its log ends: Traceback: | No module named 'numpi'")


def test_the_log_of_a_version_that_failed_outlives_it_until_down(account: Account) -> None:
    """It is the only evidence; SageMaker itself keeps it for ever."""
    group = "/aws/sagemaker/Endpoints/churn"
    account.groups.add(group)
    account.lines = {"a/i-1": ["ValueError: not a model"]}
    settle(account, want(version()), fails=PING)
    for _ in range(2):
        assert settle(account, replace(want(), keep_logs=True)).phase == "settled"
    assert (account.groups, account.retention) == ({group}, {group: 30})
    assert account.writes().count("put_retention_policy") == 1
    page = server(account).logs("churn", "a", None)
    assert [line.text for line in page.lines] == ["ValueError: not a model"]
    assert server(account).logs("churn", "a", page.cursor).end, "whoever follows it comes to an end"
    settle(account, want())
    assert account.empty


def test_a_log_with_a_time_of_its_own_keeps_it(account: Account) -> None:
    group = "/aws/sagemaker/Endpoints/churn"
    account.groups.add(group)
    account.retention[group] = 365
    settle(account, replace(want(), keep_logs=True))
    assert account.retention == {group: 365}


def test_who_may_not_have_logs_expire_keeps_them_all_the_same(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(**_: object) -> None:
        raise refusal("AccessDeniedException", "not authorized to perform: logs:PutRetentionPolicy")

    account.groups.add("/aws/sagemaker/Endpoints/churn")
    monkeypatch.setattr(account, "put_retention_policy", denied)
    assert settle(account, replace(want(), keep_logs=True)).phase == "settled"
    assert len(account.groups) == 1


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
