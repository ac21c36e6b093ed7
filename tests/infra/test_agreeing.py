from __future__ import annotations

import pulumi
import pytest

from tradewind.infra.agreeing import same


def test_a_provider_that_is_where_it_is_asked_for_or_does_not_say() -> None:
    assert same("region", "eu-west-1", "eu-west-1") == "eu-west-1"
    assert same("subscription", "ABC-1", "abc-1") == "ABC-1"  # Azure compares without regard to case
    assert same("region", "eu-west-1", None) == "eu-west-1"


def test_one_that_is_elsewhere() -> None:
    with pytest.raises(
        pulumi.RunError, match="region: eu-west-1 is asked for, and the provider that makes it is in us-ea"
    ):
        same("region", "eu-west-1", "us-east-1")
