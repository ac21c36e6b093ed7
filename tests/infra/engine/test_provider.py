"""A program's own provider that is somewhere else than the component is asked for: told in the preview, on the real engine."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pulumi_aws as aws
import pulumi_azure_native as azure
import pytest
from pulumi import automation

from tests.infra.engine import programs
from tradewind.infra.arguments import AwsFoundationArgs, AzureFoundationArgs
from tradewind.infra.aws.foundation import AwsFoundation
from tradewind.infra.azure.foundation import AzureFoundation
from tradewind.sandbox.pulumi import Attached

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
ASKED = "11111111-2222-3333-4444-555555555555"
ELSEWHERE = "22222222-2222-2222-2222-222222222222"


def in_another_region() -> None:
    theirs = aws.Provider("theirs", region="us-east-1")
    args = AwsFoundationArgs(environment="dev", region="eu-west-1")
    AwsFoundation("tradewind", args, pulumi.ResourceOptions(provider=theirs))


def in_another_subscription() -> None:
    theirs = azure.Provider("theirs", location="westeurope", subscription_id=ELSEWHERE)
    args = AzureFoundationArgs(environment="dev", region="westeurope", subscription=ASKED)
    AzureFoundation("tradewind", args, pulumi.ResourceOptions(provider=theirs))


def test_another_region(attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, in_another_region)
    with pytest.raises(automation.CommandError, match=r"region: eu-west-1 is asked for, and the provider .* us-east-1"):
        stack.preview()


def test_another_subscription(attached: Attached, tmp_path: Path) -> None:
    stack = programs.stack(tmp_path, attached, in_another_subscription)
    with pytest.raises(automation.CommandError, match=rf"{ASKED} is asked for, and the provider .* {ELSEWHERE}"):
        stack.preview()
