"""Which provider makes the ground on AWS: the program's own where it gives one for AWS, else one for the region."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pulumi_gcp as gcp
import pytest

from tests.infra.aws.founding import CALLS
from tests.infra.mocks import Recorded, made
from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.aws.foundation import AwsFoundation

ARGS = AwsFoundationArgs(environment="dev", region="eu-west-1")


def by(options: Callable[[], pulumi.ResourceOptions | None]) -> Recorded:
    def build() -> Any:
        return AwsFoundation("tradewind", ARGS, options()).made.root

    return made(build, calls=CALLS)


def used(recorded: Recorded) -> set[str]:
    return {it.provider.split("::")[-2] for it in recorded.resources if it.type.startswith("aws:")}


def theirs() -> pulumi.ProviderResource:
    provider: pulumi.ProviderResource = aws.Provider("theirs", region="eu-west-1")
    return provider


class Team(pulumi.ComponentResource):
    def __init__(self) -> None:
        super().__init__("acme:Team", "team", None, pulumi.ResourceOptions(providers={"aws": theirs()}))


@pytest.mark.parametrize(
    "options",
    [
        lambda: pulumi.ResourceOptions(provider=theirs()),
        lambda: pulumi.ResourceOptions(providers={"aws": theirs()}),
        lambda: pulumi.ResourceOptions(providers=[theirs()]),
        lambda: pulumi.ResourceOptions(parent=Team()),
    ],
    ids=["provider", "providers", "a list", "the parent's"],
)
def test_the_program_s_own_makes_everything(options: Callable[[], pulumi.ResourceOptions]) -> None:
    recorded = by(options)
    assert used(recorded) == {"theirs"}
    assert len(recorded.of("pulumi:providers:aws")) == 1


@pytest.mark.parametrize(
    "options",
    [lambda: None, lambda: pulumi.ResourceOptions(providers={"gcp": gcp.Provider("google", project="acme")})],
    ids=["none", "another cloud's"],
)
def test_else_one_is_made_for_the_region(options: Callable[[], pulumi.ResourceOptions | None]) -> None:
    recorded = by(options)
    assert used(recorded) == {"tradewind-aws"}
    (provider,) = recorded.of("pulumi:providers:aws")
    assert provider.inputs["region"] == "eu-west-1"


def test_two_stand_beside_each_other_in_one_program() -> None:
    def build() -> Any:
        for name in ("churn", "rank"):
            AwsFoundation(name, AwsFoundationArgs(name=name, environment="dev", region="eu-west-1", key="own"))
        return ""

    recorded = made(build, calls=CALLS)
    assert len({(it.type, it.name) for it in recorded.resources}) == len(recorded.resources)
    named = [(it.type, it.inputs["name"]) for it in recorded.resources if "name" in it.inputs]
    assert len(set(named)) == len(named)
    assert {it.provider.split("::")[-2] for it in recorded.of("aws:s3/bucket:Bucket")} == {"churn-aws", "rank-aws"}
