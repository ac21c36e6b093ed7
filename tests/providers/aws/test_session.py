"""Clients: whose account, which region, how many tries."""

from __future__ import annotations

import sys

import pytest
from botocore.exceptions import ClientError

from tests.providers.aws.standin import Refused, Said, standing_in
from tradewind.errors import Exit, ProviderError
from tradewind.providers.aws.info import INFO
from tradewind.providers.aws.session import ATTEMPTS, Session
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Foundation

MINE, OTHER = "123456789012", "210987654321"
WHO = (
    b'<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    b"<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>A</UserId><Account>123456789012</Account>"
    b"</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def nothing(said: Said) -> Said:
    return {"TrainingJobSummaries": []}


def test_the_account_is_looked_at_once_and_before_anything_else() -> None:
    with standing_in({"": lambda said: WHO, "ListTrainingJobs": nothing}) as service:
        session = Session(Aws(region="us-east-1", endpoint_url=service.url, account=MINE))
        assert service.calls == [], "signing in calls nothing"
        for _ in range(2):
            session.client("sagemaker").list_training_jobs()
        session.client("logs")
        assert [name for name, _ in service.calls] == ["", "ListTrainingJobs", "ListTrainingJobs"]


def test_another_account_is_not_touched() -> None:
    with standing_in({"": lambda said: WHO}) as service:
        provider = INFO.connect(Aws(region="us-east-1", endpoint_url=service.url, account=OTHER), Foundation("s3://b"))
        for call in (
            lambda: provider.trainer().status(["j"]),
            lambda: provider.owned({"a": "b"}),
            lambda: provider.trainer().stop("j"),
        ):
            with pytest.raises(ProviderError, match=MINE) as caught:
                call()
            assert (caught.value.kind, caught.value.code, caught.value.exit) == (
                "permission",
                "TW111",
                Exit.CREDENTIALS,
            )
            assert OTHER in caught.value.message
        assert set(service.counts) == {""}


def test_an_account_that_cannot_be_told_is_no_account() -> None:
    with standing_in({"": lambda said: WHO[:60]}) as service:
        session = Session(Aws(region="us-east-1", endpoint_url=service.url, account=MINE))
        with pytest.raises(ProviderError) as caught:
            session.client("sagemaker")
        assert caught.value.kind == "transient"


def test_nobody_asks_whose_account_where_the_spec_does_not_say() -> None:
    with standing_in({"ListTrainingJobs": nothing}) as service:
        Session(Aws(region="us-east-1", endpoint_url=service.url)).client("sagemaker").list_training_jobs()
        assert set(service.counts) == {"ListTrainingJobs"}


def test_one_client_for_all_and_one_for_those_that_may_starve_it() -> None:
    session = Session(Aws(region="us-east-1", endpoint_url="http://127.0.0.1:1"))
    assert session.client("sagemaker") is session.client("sagemaker")
    assert session.client("sagemaker", group="list") is not session.client("sagemaker")
    assert session.client("sagemaker", attempts=1) is not session.client("sagemaker")


@pytest.mark.parametrize(("configured", "asked", "tries"), [("", None, ATTEMPTS), ("3", None, 3), ("5", 1, 1)])
def test_how_often_a_call_is_made(
    monkeypatch: pytest.MonkeyPatch, configured: str, asked: int | None, tries: int
) -> None:
    if configured:
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", configured)
    client = Session(Aws(region="us-east-1", endpoint_url="http://127.0.0.1:1")).client("sagemaker", attempts=asked)
    assert client.meta.config.retries == {"mode": "standard", "total_max_attempts": tries}


def test_a_call_is_made_as_often_as_that(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(said: Said) -> Said:
        raise Refused("InternalFailure", "", 500)

    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    with standing_in({"ListTrainingJobs": broken}) as service:
        session = Session(Aws(region="us-east-1", endpoint_url=service.url))
        for attempts, calls in ((None, 2), (1, 3)):
            with pytest.raises(ClientError):
                session.client("sagemaker", attempts=attempts).list_training_jobs()
            assert service.counts["ListTrainingJobs"] == calls


def test_a_region_from_the_block_the_foundation_or_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert Session(Aws(region="eu-west-1"), "us-east-1").region == "eu-west-1"
    assert Session(None, "us-east-1").region == "us-east-1"
    with pytest.raises(ProviderError, match="no region is known") as caught:
        Session(None)
    assert caught.value.kind == "invalid"


def test_without_the_sdk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ProviderError, match="is not installed") as caught:
        Session(None, "us-east-1")
    assert (caught.value.kind, caught.value.code) == ("missing", "TW064")
    assert "tradewind[aws]" in caught.value.hint


def test_a_profile_that_nobody_made_is_no_defect_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nosuch")
    with pytest.raises(ProviderError, match="nosuch") as caught:
        Session(Aws(region="us-east-1"))
    assert (caught.value.kind, caught.value.exit) == ("credentials", Exit.CREDENTIALS)
    assert "AWS_PROFILE" in caught.value.hint
