"""Logs, insights, registry and the workspace of Azure Machine Learning over them."""

from __future__ import annotations

from typing import cast

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import names
from tradewind.infra.azure.keys import Key
from tradewind.infra.azure.site import Site, Text
from tradewind.infra.azure.storage import Storage


def logs(site: Site) -> Text:
    """Identifier of the Log Analytics workspace. It keeps 30 to 730 days ("Manage data retention")."""
    made = azure.operationalinsights.Workspace(
        site.child("logs"),
        workspace_name=f"{site.slug}-logs",
        resource_group_name=site.group,
        location=site.args.region,
        sku=azure.operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
        retention_in_days=min(max(site.args.log_days, 30), 730),
        tags=site.tags,
        opts=site.opts(),
    )
    return cast(Text, made.id)


def insights(site: Site, logs_id: Text) -> Text:
    if site.args.existing.insights:
        return site.id_of("Microsoft.Insights/components", site.args.existing.insights)
    made = azure.applicationinsights.Component(
        site.child("insights"),
        resource_name_=f"{site.slug}-insights",
        resource_group_name=site.group,
        location=site.args.region,
        kind="web",
        application_type="web",
        ingestion_mode="LogAnalytics",
        workspace_resource_id=logs_id,
        tags=site.tags,
        # Whoever has these may write into it: they stay secret in the state, and nothing of ours reads them.
        opts=site.opts(additional_secret_outputs=["connectionString", "instrumentationKey"]),
    )
    return cast(Text, made.id)


def registry(site: Site, key: Key | None) -> tuple[Text, Text]:
    """(identifier, login server)."""
    if site.args.existing.registry:
        said = site.args.existing.registry
        return site.id_of("Microsoft.ContainerRegistry/registries", said), pulumi.Output.from_input(
            f"{said.rstrip('/').rpartition('/')[2]}.azurecr.io"
        )
    acr = azure.containerregistry
    made = acr.Registry(
        site.child("registry"),
        registry_name=names.registry(*site.unique),
        resource_group_name=site.group,
        location=site.args.region,
        # Private links and keys of one's own are Premium's ("Azure Container Registry service tiers").
        sku=acr.SkuArgs(name="Premium" if key or site.private else "Basic"),
        admin_user_enabled=False,
        anonymous_pull_enabled=False,
        public_network_access=site.public_access,
        identity=acr.IdentityPropertiesArgs(
            type="UserAssigned", user_assigned_identities=key.identity_id.apply(lambda it: {it: {}})
        )
        if key
        else None,
        encryption=acr.EncryptionPropertyArgs(
            status="enabled",
            key_vault_properties=acr.KeyVaultPropertiesArgs(identity=key.identity_client, key_identifier=key.uri),
        )
        if key
        else None,
        tags=site.tags,
        opts=site.opts(depends_on=[key.grant] if key else None),
    )
    return cast(Text, made.id), cast(Text, made.login_server)


def workspace(site: Site, key: Key | None, storage: Storage, vault: Text, insights_id: Text, registry_id: Text) -> Text:
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
        workspace_name=site.slug,
        friendly_name=site.slug,
        resource_group_name=site.group,
        location=site.args.region,
        kind="Default",
        sku=ml.SkuArgs(name="Basic", tier="Basic"),
        identity=identity,
        encryption=encryption,
        storage_account=storage.account_id,
        key_vault=vault,
        application_insights=insights_id,
        container_registry=registry_id,
        public_network_access=site.public_access,
        system_datastores_auth_mode="Identity",
        v1_legacy_mode=False,
        tags=site.tags,
        opts=site.opts(depends_on=[key.grant] if key else None),
    )
    return cast(Text, made.id)
