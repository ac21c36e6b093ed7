"""Key vault, and the key of one's own that storage, registry and workspace are encrypted with."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import names, roles
from tradewind.infra.azure.site import Site, Text


@dataclass(frozen=True)
class Key:
    vault_id: Text
    vault_uri: Text
    name: Text
    uri: Text  # with no version: the newest is taken
    versioned: Text
    identity_id: Text
    identity_client: Text
    grant: pulumi.Resource


def vault(site: Site) -> tuple[Text, azure.keyvault.Vault | None]:
    """(identifier, what was made)."""
    if site.args.existing.key_vault:
        return site.id_of("Microsoft.KeyVault/vaults", site.args.existing.key_vault), None
    made = azure.keyvault.Vault(
        site.child("vault"),
        vault_name=names.key_vault(*site.unique),
        resource_group_name=site.group,
        location=site.args.region,
        properties=azure.keyvault.VaultPropertiesArgs(
            tenant_id=azure.authorization.get_client_config_output(opts=_asking(site)).tenant_id,
            sku=azure.keyvault.SkuArgs(family="A", name="standard"),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=90,
            enable_purge_protection=True,
            public_network_access=site.public_access,
            network_acls=azure.keyvault.NetworkRuleSetArgs(
                bypass="AzureServices", default_action="Deny" if site.private else "Allow"
            ),
        ),
        tags=site.tags,
        opts=site.opts(protect=site.args.protect),
    )
    return made.id, made


def own(site: Site, made: azure.keyvault.Vault | None, vault_id: Text) -> Key | None:
    """Turned every year; with the identity that the services ask for it by."""
    if site.args.existing.kms_key:
        raise ValueError("existing.kms_key: not taken on Azure yet; key: own makes one in existing.key_vault")
    if site.args.key != "own":
        return None
    vault_name = vault_id.apply(lambda it: it.rpartition("/")[2])
    key = azure.keyvault.Key(
        site.child("key"),
        key_name=site.slug,
        vault_name=vault_name,
        resource_group_name=vault_id.apply(lambda it: it.split("/")[4]),
        properties=azure.keyvault.KeyPropertiesArgs(
            kty="RSA",
            key_size=3072,
            key_ops=["wrapKey", "unwrapKey"],
            rotation_policy=azure.keyvault.RotationPolicyArgs(
                lifetime_actions=[
                    azure.keyvault.LifetimeActionArgs(
                        action=azure.keyvault.ActionArgs(type="rotate"),
                        trigger=azure.keyvault.TriggerArgs(time_after_create="P1Y"),
                    )
                ]
            ),
        ),
        tags=site.tags,
        opts=site.opts(protect=site.args.protect, depends_on=[made] if made else None),
    )
    identity = azure.managedidentity.UserAssignedIdentity(
        site.child("encryption"),
        resource_name_=f"{site.slug}-encryption",
        resource_group_name=site.group,
        location=site.args.region,
        tags=site.tags,
        opts=site.opts(),
    )
    grant = roles.assign(
        site,
        "encryption-key",
        vault_id,
        identity.principal_id,
        roles.builtin(site, roles.CRYPTO_USER),
        kind="ServicePrincipal",
    )
    uri = key.key_uri
    return Key(
        vault_id,
        uri.apply(lambda it: it.partition("/keys/")[0]),
        key.name,
        uri,
        key.key_uri_with_version,
        identity.id,
        identity.client_id,
        grant,
    )


def _asking(site: Site) -> pulumi.InvokeOptions:
    return pulumi.InvokeOptions(parent=site.parent, provider=site.provider)
