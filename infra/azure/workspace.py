"""The workspace of Azure Machine Learning, over storage, vault, insights and registry."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi_azure_native as azure

from tradewind.infra.azure import names, roles
from tradewind.infra.azure.keys import Key
from tradewind.infra.azure.site import Site, Text


@dataclass(frozen=True)
class Under:
    """Identifiers of what it stands on."""

    storage: Text
    vault: Text
    insights: Text
    registry: Text


def workspace(site: Site, key: Key | None, under: Under) -> Text:
    """Its identifier."""
    ml = azure.machinelearningservices
    identity = ml.ManagedServiceIdentityArgs(type="SystemAssigned")
    encryption = None
    if key:
        identity = ml.ManagedServiceIdentityArgs(
            type="SystemAssigned,UserAssigned", user_assigned_identities=[key.identity_id]
        )
        encryption = ml.EncryptionPropertyArgs(
            status="Enabled",
            identity=ml.IdentityForCmkArgs(user_assigned_identity=key.identity_id),
            key_vault_properties=ml.KeyVaultPropertiesArgs(key_identifier=key.versioned, key_vault_arm_id=key.vault_id),
        )
    made = ml.Workspace(
        site.child("workspace"),
        workspace_name=site.fresh(site.slug, names.WORKSPACE),
        friendly_name=site.slug,
        resource_group_name=site.group,
        location=site.args.region,
        kind="Default",
        sku=ml.SkuArgs(name="Basic", tier="Basic"),
        identity=identity,
        encryption=encryption,
        # Else Azure keeps what it encrypts in a Cosmos DB and an AI Search in a group of its own in the subscription, billed
        # by the hour, and Cosmos DB would need the key, too ("Customer-managed keys for Azure Machine Learning").
        enable_service_side_cmk_encryption=True if key else None,
        storage_account=under.storage,
        key_vault=under.vault,
        application_insights=under.insights,
        container_registry=under.registry,
        public_network_access=site.public_access,
        # Deployments and jobs are in a network of Azure ML's: without it they reach no storage or registry that is closed
        # ("Network isolation with managed online endpoints"). It cannot be taken back, so nothing is said without one.
        managed_network=ml.ManagedNetworkSettingsArgs(isolation_mode="AllowInternetOutbound") if site.private else None,
        system_datastores_auth_mode="Identity",
        v1_legacy_mode=False,
        tags=site.tags,
        opts=site.opts("workspace", depends_on=[key.grant] if key else None, ignore_changes=["workspaceName"]),
    )
    if site.private:
        # Its network's private endpoints wait for a yes, which it may say itself only with this role ("Workspace managed
        # virtual network isolation").
        principal = made.identity.apply(lambda it: it.principal_id)
        role = roles.builtin(site, roles.APPROVER)
        for short, place in {"workspace-links": site.scope, **_abroad(site, under)}.items():
            roles.assign(site, short, place, principal, role)
    identifier: Text = made.id
    return identifier


def _abroad(site: Site, under: Under) -> dict[str, Text]:
    """By the short name of a grant: what the workspace stands on that our group's roles do not reach."""
    there = site.args.existing
    stood = {
        "storage": (there.storage_account, under.storage),
        "vault": (there.key_vault, under.vault),
        "insights": (there.insights, under.insights),
        "registry": (there.registry, under.registry),
    }
    return {f"workspace-links-{it}": place for it, (said, place) in stood.items() if site.abroad(said)}
