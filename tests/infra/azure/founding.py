"""AzureFoundation on Pulumi's mocks, which answer with identifiers and names as Resource Manager does."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache, partial
from typing import Any

from pulumi.runtime.mocks import MockResourceArgs

from tests.infra.mocks import Recorded, Registered, made
from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure.foundation import AzureFoundation

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/tradewind-dev"
ELSEWHERE = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shared"
SOMEBODY = "aaaaaaaa-0000-0000-0000-000000000001"
PLAIN: dict[str, Any] = {"environment": "dev", "region": "westeurope", "subscription": SUBSCRIPTION}
CALLS = {"azure-native:authorization:getClientConfig": {"tenantId": "t", "clientId": "c", "objectId": "o"}}

# Type, and which of its inputs are its name below what it is in.
NAMES: Mapping[str, tuple[str, ...]] = {
    "resources:ResourceGroup": ("resourceGroupName",),
    "storage:StorageAccount": ("accountName",),
    "storage:BlobContainer": ("accountName", "containerName"),
    "storage:BlobServiceProperties": ("accountName", "blobServicesName"),
    "storage:ManagementPolicy": ("accountName", "managementPolicyName"),
    "storage:Blob": ("accountName", "containerName", "blobName"),
    "keyvault:Vault": ("vaultName",),
    "keyvault:Key": ("vaultName", "keyName"),
    "operationalinsights:Workspace": ("workspaceName",),
    "applicationinsights:Component": ("resourceName",),
    "containerregistry:Registry": ("registryName",),
    "machinelearningservices:Workspace": ("workspaceName",),
    "managedidentity:UserAssignedIdentity": ("resourceName",),
    "managedidentity:FederatedIdentityCredential": ("resourceName", "federatedIdentityCredentialResourceName"),
    "authorization:RoleDefinition": ("roleDefinitionId",),
    "authorization:RoleAssignment": ("roleAssignmentName",),
    "network:VirtualNetwork": ("virtualNetworkName",),
    "network:Subnet": ("virtualNetworkName", "subnetName"),
    "network:NetworkSecurityGroup": ("networkSecurityGroupName",),
    "network:NatGateway": ("natGatewayName",),
    "network:PublicIPAddress": ("publicIpAddressName",),
    "network:PrivateEndpoint": ("privateEndpointName",),
    "network:PrivateDnsZoneGroup": ("privateEndpointName", "privateDnsZoneGroupName"),
    "privatedns:PrivateZone": ("privateZoneName",),
    "privatedns:VirtualNetworkLink": ("privateZoneName", "virtualNetworkLinkName"),
    "consumption:Budget": ("budgetName",),
    "monitor:ActionGroup": ("actionGroupName",),
    "monitor:MetricAlert": ("ruleName",),
    "monitor:ScheduledQueryRule": ("ruleName",),
    "monitor:DiagnosticSetting": ("resourceUri", "name"),
}
SECRETS = {
    "applicationinsights:Component": {"connectionString": "InstrumentationKey=SECRET", "instrumentationKey": "SECRET"},
    "storage:StorageAccount": {"keys": "SECRET"},
}


def kind(type_: str) -> str:
    return type_.removeprefix("azure-native:")


def named(type_: str, inputs: Mapping[str, Any]) -> str:
    return "/".join(str(inputs[it]) for it in NAMES[kind(type_)])


def answer(args: MockResourceArgs, principals: str = "principal-of") -> tuple[str, dict[str, Any]]:
    if kind(args.typ) not in NAMES:
        return f"{args.name}-id", dict(args.inputs)
    name = named(args.typ, args.inputs)
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{args.inputs.get('resourceGroupName', 'tradewind-dev')}"
    known: dict[str, Any] = {
        "name": name.rpartition("/")[2],
        "principalId": f"{principals}-{args.name}",
        "clientId": f"client-of-{args.name}",
        "loginServer": f"{name}.azurecr.io",
        **SECRETS.get(kind(args.typ), {}),
    }
    if kind(args.typ) == "keyvault:Key":
        uri = f"https://{args.inputs['vaultName']}.vault.azure.net/keys/{args.inputs['keyName']}"
        known |= {"keyUri": uri, "keyUriWithVersion": f"{uri}/{'0' * 32}"}
    if said := args.inputs.get("identity"):  # asked for as a list, answered as a map
        held = {it: {"clientId": "c", "principalId": "p"} for it in said.get("userAssignedIdentities") or ()}
        own = {"principalId": f"principal-of-{args.name}", "tenantId": "t"}
        known["identity"] = {**said, "userAssignedIdentities": held, **own}
    return f"{group}/providers/{kind(args.typ).replace(':', '/')}/{name}", {**args.inputs, **known}


def found(aliases: Any = None, principals: str = "principal-of", **asked: Any) -> Recorded:
    args = AzureFoundationArgs.model_validate(PLAIN | asked)

    def build() -> Any:
        mine = AzureFoundation("ground", args, aliases=aliases or {}, today=date(2030, 5, 17)).made
        return {"root": mine.root, "document": mine.document(), **mine.outputs()}

    return made(build, calls=CALLS, answer=partial(answer, principals=principals))


@cache
def plain() -> Recorded:
    """With nothing asked for."""
    return found()


def one(recorded: Recorded, short: str) -> Registered:
    (it,) = [it for it in recorded.resources if it.name == f"ground-{short}"]
    return it


def of(recorded: Recorded, type_: str) -> list[Registered]:
    return recorded.of(f"azure-native:{type_}")


def shorts(recorded: Recorded) -> set[str]:
    """Short names of all children; the provider is `azure`."""
    return {it.name.removeprefix("ground-") for it in recorded.resources if it.name != "ground"}
