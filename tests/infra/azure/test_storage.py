"""Storage, vault and registry of the ground on Azure: nothing public, what ages goes, keys are turned."""

from __future__ import annotations

from typing import Any

import pytest

from tests.infra.azure.founding import GROUP, SUBSCRIPTION, found, of, one, plain
from tradewind.infra import layout
from tradewind.infra.adapter.state import standing
from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure.storage import PREFIXES

KEY = f"https://vault1.vault.azure.net/keys/mine/{'a' * 32}"


def rules(**asked: Any) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = one(found(**asked), "lifecycle").inputs["policy"]["rules"]
    return made


def test_storage_is_closed_encrypted_and_keeps_what_was_deleted() -> None:
    recorded = plain()
    store = one(recorded, "storage").inputs
    assert store["allowBlobPublicAccess"] is False
    assert store["allowCrossTenantReplication"] is False
    assert store["minimumTlsVersion"] == "TLS1_2"
    assert store["enableHttpsTrafficOnly"] is True
    assert store["encryption"]["requireInfrastructureEncryption"] is True
    assert store["defaultToOAuthAuthentication"] is True
    assert store["allowSharedKeyAccess"] is True  # what foundation.json is written by takes nothing else
    kept = one(recorded, "versions").inputs
    assert kept["isVersioningEnabled"] is True
    assert kept["deleteRetentionPolicy"] == kept["containerDeleteRetentionPolicy"] == {"enabled": True, "days": 30}


def test_scratch_goes_and_old_versions_of_what_ages_do() -> None:
    scratch, old = rules(scratch_days=3, old_version_days=7, projects=["fraud"], prefix="/ml/")
    assert scratch["definition"]["filters"]["prefixMatch"] == ["tradewind/ml/scratch/"]
    assert scratch["definition"]["actions"] == {"baseBlob": {"delete": {"daysAfterModificationGreaterThan": 3}}}
    assert old["definition"]["actions"] == {"version": {"delete": {"daysAfterCreationGreaterThan": 7}}}
    assert old["definition"]["filters"]["prefixMatch"] == [
        "tradewind/ml/scratch/", "tradewind/ml/fraud/dev/outputs/", "tradewind/ml/fraud/dev/checkpoints/",
    ]  # fmt: skip


def test_a_rule_has_ten_prefixes_at_most_and_none_is_left_out() -> None:
    projects = [f"project-{number}" for number in range(12)]
    named = rules(projects=projects)[1:]
    prefixes = [it["definition"]["filters"]["prefixMatch"] for it in named]
    assert max(map(len, prefixes)) <= PREFIXES
    args = AzureFoundationArgs(
        environment="dev", region="westeurope", subscription=SUBSCRIPTION, projects=tuple(projects)
    )
    assert [it for some in prefixes for it in some] == [f"tradewind/{it}" for it in layout.aging(args)]
    assert len({it["name"] for it in named}) == len(named) == 3
    assert not [it for some in prefixes for it in some if "ledger" in it or "models" in it or "bundles" in it]


def test_an_empty_prefix_is_the_container_itself() -> None:
    recorded = found(prefix="")
    assert one(recorded, "published").inputs["blobName"] == "foundation.json"
    assert recorded.outputs["root"].startswith("az://tradewind@")
    assert recorded.outputs["root"].count("/") == 2
    assert rules(prefix="")[0]["definition"]["filters"]["prefixMatch"] == ["tradewind/scratch/"]


def test_published_comes_after_what_it_tells_of() -> None:
    published = one(plain(), "published")
    assert {it.rpartition("::")[2] for it in published.dependencies} >= {
        "ground-container",
        "ground-storage",
        "ground-lifecycle",
    }


def test_published_waits_until_the_accounts_private_address_has_its_name() -> None:
    published = one(found(network={}), "published")
    waited = {it.rpartition("::")[2] for it in published.dependencies}
    assert waited >= {"ground-blob-names", "ground-blob-0-zone-link"}
    assert "ground-vault-names" not in waited


@pytest.mark.parametrize("keep", [True, False])
def test_a_container_says_whether_it_may_go_with_what_it_holds(keep: bool) -> None:
    box = one(found(keep_objects=keep), "container")
    row = {"urn": "urn:pulumi:dev::tradewind::x::container", "type": box.type, "inputs": box.inputs}
    assert [it.keeps for it in standing({"resources": [row]})] == [keep]


def test_the_vault_keeps_what_was_deleted_and_is_asked_by_roles() -> None:
    vault = one(plain(), "vault").inputs["properties"]
    assert vault["enablePurgeProtection"] is True
    assert vault["enableSoftDelete"] is True
    assert vault["softDeleteRetentionInDays"] == 90
    assert vault["enableRbacAuthorization"] is True


def test_the_registry_knows_no_admin() -> None:
    registry = one(plain(), "registry").inputs
    assert registry["adminUserEnabled"] is False
    assert registry["anonymousPullEnabled"] is False
    assert registry["sku"] == {"name": "Basic"}


def test_an_own_key_is_storages_registrys_and_the_workspaces() -> None:
    recorded = found(key="own")
    key = one(recorded, "key").inputs
    (turned,) = key["properties"]["rotationPolicy"]["lifetimeActions"]
    assert (turned["action"]["type"], turned["trigger"]["timeAfterCreate"]) == ("rotate", "P1Y")
    vault = one(recorded, "vault").inputs["vaultName"]
    name = key["keyName"]
    assert name.startswith("tradewind-dev-")
    uri = f"https://{vault}.vault.azure.net/keys/{name}"
    assert recorded.outputs["kms_key"] == uri
    assert key["vaultName"] == vault
    store = one(recorded, "storage").inputs["encryption"]
    assert store["keySource"] == "Microsoft.Keyvault"
    assert store["keyVaultProperties"] == {
        "keyName": name,
        "keyVaultUri": f"https://{vault}.vault.azure.net",
    }
    registry = one(recorded, "registry").inputs
    assert registry["sku"] == {"name": "Premium"}
    assert registry["encryption"]["keyVaultProperties"]["keyIdentifier"] == uri
    workspace = one(recorded, "workspace").inputs
    assert workspace["encryption"]["keyVaultProperties"]["keyIdentifier"] == f"{uri}/{'0' * 32}"
    assert workspace["enableServiceSideCMKEncryption"] is True
    for short in ("storage", "registry", "workspace"):  # none asks for the key before it may
        assert any(it.endswith("ground-encryption-key-grant") for it in one(recorded, short).dependencies)
    assert one(recorded, "encryption-key-grant").inputs["scope"].endswith(f"/{vault}/keys/{name}")


def test_a_key_of_somebody_elses_is_used() -> None:
    recorded = found(existing={"key_vault": "vault1", "kms_key": KEY})
    assert not of(recorded, "keyvault:Key")
    assert not of(recorded, "keyvault:Vault")
    store = one(recorded, "storage").inputs["encryption"]["keyVaultProperties"]
    assert store == {"keyName": "mine", "keyVaultUri": "https://vault1.vault.azure.net"}
    assert one(recorded, "workspace").inputs["encryption"]["keyVaultProperties"]["keyIdentifier"] == KEY
    vault = f"{GROUP}/providers/Microsoft.KeyVault/vaults/vault1"
    assert one(recorded, "encryption-key-grant").inputs["scope"] == f"{vault}/keys/mine"
    assert recorded.outputs["kms_key"] == KEY.rpartition("/")[0]
