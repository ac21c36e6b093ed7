"""An emulated account for a file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.providers.aws import harness as made
from tests.providers.aws.recording import recorded
from tradewind.providers.aws import actions


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[made.Account]:
    with made.account(tmp_path_factory.mktemp("aws")) as one:
        yield one


@pytest.fixture
def aws_harness(account: made.Account, monkeypatch: pytest.MonkeyPatch) -> made.AwsHarness:
    """Each call is made once: a lost answer stays lost, and a refusal is heard at once."""
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    return made.AwsHarness(account)


@pytest.fixture(autouse=True)
def every_call_is_in_the_table() -> Iterator[None]:
    """Whatever our code asks of AWS in any of these tests, the table of IAM actions knows of it."""
    with recorded() as record:
        yield
    unknown = sorted(call for call in record.calls if not actions.needs(call))
    assert not unknown, f"providers/aws/actions.py has no row for {', '.join(unknown)}"
