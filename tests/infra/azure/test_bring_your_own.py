"""A provider of one's own, and what is there already, on Azure."""

from __future__ import annotations

from typing import Any

import pulumi
import pulumi_azure_native as azure

from tests.infra.azure.founding import (
    CALLS,
    ELSEWHERE,
    GROUP,
    PLAIN,
    SUBSCRIPTION,
    answer,
    found,
    of,
    one,
    shorts,
)
from tests.infra.mocks import made
from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure.foundation import AzureFoundation


def test_a_provider_of_ones_own_is_used() -> None:
    def build() -> Any:
        mine = azure.Provider("mine", location="westeurope", subscription_id=SUBSCRIPTION)
        args = AzureFoundationArgs.model_validate(PLAIN)
        return AzureFoundation("ground", args, pulumi.ResourceOptions(provider=mine)).made.root

    recorded = made(build, calls=CALLS, answer=answer)
    assert "ground-azure" not in {it.name for it in recorded.resources}
    assert {it.provider.rpartition("::")[0].rpartition("::")[2] for it in of(recorded, "storage:StorageAccount")} == {
        "mine"
    }


def test_a_parents_provider_is_used() -> None:
    def build() -> Any:
        mine = azure.Provider("mine", location="westeurope", subscription_id=SUBSCRIPTION)
        above = pulumi.ComponentResource("acme:all", "all", None, pulumi.ResourceOptions(providers=[mine]))
        args = AzureFoundationArgs.model_validate(PLAIN)
        return AzureFoundation("ground", args, pulumi.ResourceOptions(parent=above)).made.root

    recorded = made(build, calls=CALLS, answer=answer)
    assert "ground-azure" not in {it.name for it in recorded.resources}
    assert {"::mine::" in it.provider for it in of(recorded, "storage:StorageAccount")} == {True}


def test_another_clouds_provider_is_not_taken_for_one() -> None:
    def build() -> Any:
        import pulumi_aws as aws

        theirs = aws.Provider("theirs", region="eu-west-1")
        args = AzureFoundationArgs.model_validate(PLAIN)
        return AzureFoundation("ground", args, pulumi.ResourceOptions(providers=[theirs])).made.root

    assert "ground-azure" in {it.name for it in made(build, calls=CALLS, answer=answer).resources}


def test_what_is_there_is_not_made() -> None:
    there = {
        "resource_group": "tradewind-dev", "workspace": "place", "storage_account": "account1", "bucket": "box",
        "key_vault": "vault", "registry": "images", "planner": "who-plans", "deployer": "who-deploys", "runtime": "who-runs",
        "alerts": "people", "network": "net", "subnets": ["one"],
    }  # fmt: skip
    recorded = found(existing=there)
    assert shorts(recorded) == {"azure", "published"}
    out = recorded.outputs
    assert out["root"] == "az://box@account1/tradewind"
    assert (out["workspace"], out["registry"], out["storage_account"]) == ("place", "images.azurecr.io", "account1")
    assert out["runtime"] == f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/who-runs"
    assert out["alerts"] == f"{GROUP}/providers/Microsoft.Insights/actionGroups/people"
    assert out["subnets"] == f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/one"


def test_a_storage_account_elsewhere_is_written_to_in_its_own_group() -> None:
    account = f"{ELSEWHERE}/providers/Microsoft.Storage/storageAccounts/account1"
    published = one(found(existing={"storage_account": account}), "published").inputs
    assert (published["resourceGroupName"], published["accountName"]) == ("shared", "account1")
