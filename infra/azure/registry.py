"""The registry of images."""

from __future__ import annotations

from typing import cast

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.azure import names
from tradewind.infra.azure.keys import Key
from tradewind.infra.azure.site import Site, Text


def registry(site: Site, key: Key | None) -> tuple[Text, Text]:
    """(identifier, login server)."""
    said = site.args.existing.registry
    if said:
        server = f"{names.last(said).lower()}.azurecr.io"
        return site.id_of("Microsoft.ContainerRegistry/registries", said), pulumi.Output.from_input(server)
    acr = azure.containerregistry
    identity = encryption = None
    if key:
        identity = acr.IdentityPropertiesArgs(
            type="UserAssigned", user_assigned_identities=key.identity_id.apply(lambda it: {it: {}})
        )
        encryption = acr.EncryptionPropertyArgs(
            status="enabled",
            key_vault_properties=acr.KeyVaultPropertiesArgs(identity=key.identity_client, key_identifier=key.uri),
        )
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
        network_rule_bypass_options="AzureServices",
        identity=identity,
        encryption=encryption,
        tags=site.tags,
        opts=site.opts("registry", depends_on=[key.grant] if key else None),
    )
    return cast(Text, made.id), cast(Text, made.login_server)
