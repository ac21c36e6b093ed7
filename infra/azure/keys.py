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
        vault_name=pulumi.Output.from_input(site.seed or "").apply(lambda seed: names.key_vault(*site.unique, seed)),
        resource_group_name=site.group,
        location=site.args.region,
        properties=azure.keyvault.VaultPropertiesArgs(
            tenant_id=azure.authorization.get_client_config_output(opts=site.asking()).tenant_id,
            sku=azure.keyvault.SkuArgs(family="A", name="standard"),
            enable_rbac_authorization=True,
            enable_soft_delete=True,
            soft_delete_retention_in_days=90,
            enable_purge_protection=True,
            # A workspace's own key cannot be in a vault that is closed altogether ("Customer-managed keys for Azure Machine
            # Learning"): there the firewall alone keeps everybody out but Azure's own services.
            public_network_access="Enabled" if site.args.key == "own" else site.public_access,
            network_acls=azure.keyvault.NetworkRuleSetArgs(
                bypass="AzureServices", default_action="Deny" if site.private else "Allow"
            ),
        ),
        tags=site.tags,
        opts=site.opts("vault", protect=site.args.protect, ignore_changes=["vaultName"]),
    )
    return made.id, made


def own(site: Site, made: azure.keyvault.Vault | None, vault_id: Text) -> Key | None:
    """The key that is given, or one that is made and turned every year; with the identity that services ask for it by."""
    given = site.args.existing.kms_key
    if given:
        uri, _, _ = given.rpartition("/")
        return _used(site, vault_id, pulumi.Output.from_input(uri), pulumi.Output.from_input(given))
    if site.args.key != "own":
        return None
    key = azure.keyvault.Key(
        site.child("key"),
        key_name=site.fresh(site.slug, names.KEY),
        vault_name=vault_id.apply(names.last),
        resource_group_name=vault_id.apply(lambda it: names.last(names.group_of(it))),
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
        opts=site.opts(
            "key", protect=site.args.protect, depends_on=[made] if made else None, ignore_changes=["keyName"]
        ),
    )
    return _used(site, vault_id, key.key_uri, key.key_uri_with_version)


def _used(site: Site, vault_id: Text, uri: Text, versioned: Text) -> Key:
    identity = azure.managedidentity.UserAssignedIdentity(
        site.child("encryption"),
        resource_name_=f"{site.slug}-encryption",
        resource_group_name=site.group,
        location=site.args.region,
        tags=site.tags,
        opts=site.opts("encryption"),
    )
    name = uri.apply(names.last)
    grant = roles.assign(
        site,
        "encryption-key",
        pulumi.Output.concat(vault_id, "/keys/", name),
        identity.principal_id,
        roles.builtin(site, roles.CRYPTO_USER),
    )
    where = uri.apply(lambda it: it.partition("/keys/")[0])
    return Key(vault_id, where, name, uri, versioned, identity.id, identity.client_id, grant)
