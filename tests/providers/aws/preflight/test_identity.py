"""Who is signed in, for how long, into which account, and whether the region is open to it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import Credentials, ReadOnlyCredentials, RefreshableCredentials

from tests.providers.aws.preflight.scripted import ACCOUNT, POLICY, Account, Refusal, run, want
from tradewind.providers.aws.preflight.identity import lasting
from tradewind.spec.clouds.aws import Aws

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
HOURS = timedelta(hours=3)


def renewable(method: str, left: timedelta) -> RefreshableCredentials:
    """As botocore makes them; nothing is refreshed while they last for longer than its own margin."""
    far = datetime.now(UTC) + timedelta(days=1)
    held = RefreshableCredentials("key", "secret", "token", far, _never, method, time_fetcher=lambda: datetime.now(UTC))
    held._expiry_time = NOW + left
    held.get_frozen_credentials = lambda: ReadOnlyCredentials("key", "secret", "token")
    return held


def _never() -> dict[str, Any]:
    raise AssertionError("nothing is to be refreshed by looking")


@pytest.mark.parametrize(
    ("held", "verdict", "said"),
    [
        (Credentials("key", "secret"), "ok", "do not expire"),
        (Credentials("key", "secret", "token"), "cannot_tell", "takes up to 3h"),
        (renewable("env", timedelta(hours=4)), "ok", "expire at 2026-03-01 16:00 UTC"),
        (renewable("env", timedelta(hours=2)), "will_fail", "takes up to 3h"),
        (renewable("sso", timedelta(hours=2)), "cannot_tell", "while the sign-in behind them lasts"),
        (renewable("iam-role", timedelta(minutes=5)), "ok", "renewed by themselves"),
        (renewable("assume-role-with-web-identity", timedelta(minutes=5)), "ok", "renewed by themselves"),
    ],
)
def test_keys_against_the_length_of_the_run(held: Any, verdict: str, said: str) -> None:
    found = lasting(held, HOURS, NOW)
    assert found[0] == verdict
    assert said in found[1]
    assert bool(found[2]) == (verdict == "will_fail")


def test_temporary_keys_matter_to_what_takes_time_only() -> None:
    assert lasting(Credentials("key", "secret", "token"), timedelta(0), NOW)[0] == "ok"


def test_how_long_it_takes_is_the_job_the_start_and_the_shares() -> None:
    """3 h of training, 10 min to start, 10 min at one share; the suite's keys are temporary and say no end."""
    found = Account().check("credentials", run(), want(), POLICY)
    assert (found.verdict, "takes up to 3h20m" in found.detail) == ("cannot_tell", True)
    assert ACCOUNT in found.detail


def test_without_credentials_one_finding_says_so() -> None:
    refused = Refusal("InvalidClientTokenId", "The security token included in the request is invalid.", 403)
    account = Account(sts_GetCallerIdentity=refused, ec2_DescribeRegions=Refusal("AuthFailure", "no", 401))
    found = {check.name: check.verdict for check in account.checks(run(), want())}
    assert found.pop("credentials") == "will_fail"
    assert "cannot_tell" not in found.values()


def test_an_opt_in_region_may_be_why_nobody_is_known() -> None:
    refused = Refusal("InvalidClientTokenId", "invalid", 403)
    assert "me-south-1" in Account(region="me-south-1", sts_GetCallerIdentity=refused).check("credentials").fix
    assert "enabled" not in Account(sts_GetCallerIdentity=refused).check("credentials").fix


def test_the_account_that_was_meant() -> None:
    found = Account(Aws(account=ACCOUNT)).check("account")
    assert found.verdict == "ok"


def test_another_account_is_said_and_nothing_else_is_guessed() -> None:
    """The session itself refuses that account: the other looks have no answer, and their silence is no news."""
    found = {check.name: check for check in Account(Aws(account="999999999999")).checks(run(), want())}
    assert found["account"].verdict == "will_fail"
    assert "999999999999" in found["account"].fix
    assert "cannot_tell" not in {check.verdict for check in found.values() if check.name != "credentials"}


@dataclass(frozen=True)
class Case:
    region: str
    state: str
    verdict: str
    said: str
    settings: Callable[[], Aws] = Aws


@pytest.mark.parametrize(
    "case",
    [
        Case("us-east-1", "opt-in-not-required", "ok", "us-east-1"),
        Case("me-south-1", "opted-in", "ok", "is enabled"),
        Case("me-south-1", "not-opted-in", "will_fail", "not enabled"),
        Case("eu-wset-1", "", "cannot_tell", "does not list"),
        Case("eu-wset-1", "opted-in", "ok", "eu-wset-1", lambda: Aws(endpoint_url="http://127.0.0.1:9")),
    ],
    ids=lambda case: f"{case.region} {case.state}",
)
def test_the_region(case: Case) -> None:
    answer = {"Regions": [{"RegionName": case.region, "OptInStatus": case.state}]}
    found = Account(case.settings(), case.region, ec2_DescribeRegions=answer).check("region")
    assert found.verdict == case.verdict
    assert case.said in found.detail
    if case.verdict == "cannot_tell":
        assert "eu-west-1" in found.fix
