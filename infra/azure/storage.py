"""Storage account and container: nothing public, versions kept, scratch let go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_azure_native as azure

from tradewind.infra import layout
from tradewind.infra.azure import names
from tradewind.infra.azure.keys import Key
from tradewind.infra.azure.site import Site, Text

CONTAINER = "tradewind"
KEPT_DAYS = 30  # of what was deleted
KEEPS = "keepobjects"  # names of metadata are C# identifiers
PREFIXES = 10  # "Each rule can define up to 10 case-sensitive prefixes" ("Lifecycle management policies")


@dataclass(frozen=True)
class Storage:
    account: Text
    account_id: Text
    group: pulumi.Input[str]
    container: Text
    container_id: Text
    made: tuple[pulumi.Resource, ...]


def make(site: Site, key: Key | None) -> Storage:
    existing = site.args.existing
    made: list[pulumi.Resource] = []
    if existing.storage_account:
        identifier = site.id_of("Microsoft.Storage/storageAccounts", existing.storage_account)
        account: Text = pulumi.Output.from_input(names.last(existing.storage_account))
        group: pulumi.Input[str] = names.last(names.group_of(existing.storage_account)) or site.group
    else:
        own = _account(site, key)
        made += [own, *_kept(site, own)]
        identifier, account, group = own.id, own.name, site.group
    if existing.bucket:
        container: Text = pulumi.Output.from_input(existing.bucket)
    else:
        box = azure.storage.BlobContainer(
            site.child("container"),
            container_name=CONTAINER,
            account_name=account,
            resource_group_name=group,
            public_access="None",
            # Azure deletes a container with all that it holds; `deploy infra destroy` reads this before it asks for that.
            metadata={KEEPS: str(site.args.keep_objects).lower()},
            opts=site.opts("container", protect=site.args.protect),
        )
        made.append(box)
        container = box.name
    where = pulumi.Output.concat(identifier, "/blobServices/default/containers/", container)
    return Storage(account, identifier, group, container, where, tuple(made))


def publish(site: Site, storage: Storage, document: Text, found: Iterable[pulumi.Resource]) -> None:
    """`found`: what has to stand before the account's own address is known, which an object is written at."""
    azure.storage.Blob(
        site.child("published"),
        blob_name=layout.published(site.args),
        account_name=storage.account,
        container_name=storage.container,
        resource_group_name=storage.group,
        content_type="application/json",
        type="Block",
        source=document.apply(pulumi.StringAsset),
        opts=site.opts("published", depends_on=[*storage.made, *found]),
    )


def _account(site: Site, key: Key | None) -> azure.storage.StorageAccount:
    store = azure.storage
    identity = encryption = None
    if key:
        identity = store.IdentityArgs(type="UserAssigned", user_assigned_identities=[key.identity_id])
        encryption = store.EncryptionIdentityArgs(encryption_user_assigned_identity=key.identity_id)
    service = store.EncryptionServiceArgs(enabled=True, key_type="Account")
    return store.StorageAccount(
        site.child("storage"),
        account_name=names.storage_account(*site.unique),
        resource_group_name=site.group,
        location=site.args.region,
        kind="StorageV2",
        sku=store.SkuArgs(name="Standard_LRS"),
        access_tier="Hot",
        allow_blob_public_access=False,
        allow_cross_tenant_replication=False,
        # tradewind and Azure ML sign in with Microsoft Entra; the Blob that foundation.json is written by takes a key, and has
        # no other way (pulumi-azure-native issue 2015, open).
        allow_shared_key_access=True,
        default_to_o_auth_authentication=True,
        enable_https_traffic_only=True,
        minimum_tls_version="TLS1_2",
        public_network_access=site.public_access,
        network_rule_set=store.NetworkRuleSetArgs(
            bypass="AzureServices", default_action="Deny" if site.private else "Allow"
        ),
        identity=identity,
        encryption=store.EncryptionArgs(
            key_source="Microsoft.Keyvault" if key else "Microsoft.Storage",
            key_vault_properties=store.KeyVaultPropertiesArgs(key_name=key.name, key_vault_uri=key.vault_uri)
            if key
            else None,
            encryption_identity=encryption,
            require_infrastructure_encryption=True,
            services=store.EncryptionServicesArgs(blob=service, file=service),
        ),
        tags=site.tags,
        opts=site.opts("storage", protect=site.args.protect, depends_on=[key.grant] if key else None),
    )


def _kept(site: Site, account: azure.storage.StorageAccount) -> tuple[pulumi.Resource, ...]:
    store = azure.storage
    retention = store.DeleteRetentionPolicyArgs(enabled=True, days=KEPT_DAYS)
    service = store.BlobServiceProperties(
        site.child("versions"),
        blob_services_name="default",
        account_name=account.name,
        resource_group_name=site.group,
        is_versioning_enabled=True,
        delete_retention_policy=retention,
        container_delete_retention_policy=retention,
        opts=site.opts("versions"),
    )
    policy = store.ManagementPolicy(
        site.child("lifecycle"),
        management_policy_name="default",
        account_name=account.name,
        resource_group_name=site.group,
        policy=store.ManagementPolicySchemaArgs(rules=[_scratch(site), *_old(site)]),
        opts=site.opts("lifecycle", depends_on=[service]),
    )
    return service, policy


def _inside(prefix: str) -> str:
    """A prefix as a rule takes it: with the container first. It knows no wildcards."""
    return f"{CONTAINER}/{prefix}"


def _rule(name: str, prefixes: Sequence[str], **action: object) -> azure.storage.ManagementPolicyRuleArgs:
    store = azure.storage
    return store.ManagementPolicyRuleArgs(
        name=name,
        type="Lifecycle",
        enabled=True,
        definition=store.ManagementPolicyDefinitionArgs(
            actions=store.ManagementPolicyActionArgs(**action),
            filters=store.ManagementPolicyFilterArgs(
                blob_types=["blockBlob"], prefix_match=list(map(_inside, prefixes))
            ),
        ),
    )


def _scratch(site: Site) -> azure.storage.ManagementPolicyRuleArgs:
    days = azure.storage.DateAfterModificationArgs(days_after_modification_greater_than=site.args.scratch_days)
    return _rule(
        "scratch", [layout.scratch(site.args)], base_blob=azure.storage.ManagementPolicyBaseBlobArgs(delete=days)
    )


def _old(site: Site) -> list[azure.storage.ManagementPolicyRuleArgs]:
    days = azure.storage.DateAfterCreationArgs(days_after_creation_greater_than=site.args.old_version_days)
    prefixes = layout.aging(site.args)
    return [
        _rule(
            f"old-versions-{at // PREFIXES}",
            prefixes[at : at + PREFIXES],
            version=azure.storage.ManagementPolicyVersionArgs(delete=days),
        )
        for at in range(0, len(prefixes), PREFIXES)
    ]
