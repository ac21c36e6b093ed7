"""The whole component under Pulumi's mocks: what is made, how it is named, and what is never public."""

from __future__ import annotations

import asyncio
import json
import re
from dataclasses import dataclass
from datetime import date
from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import mocks

from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure import names
from tradewind.infra.azure.foundation import AzureFoundation
from tradewind.providers.azure import actions
from tradewind.storage.az import open_uri

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


@dataclass(frozen=True)
class Seen:
    type: str
    name: str
    inputs: dict[str, Any]


class Cloud(mocks.Mocks):
    def __init__(self) -> None:
        self.seen: list[Seen] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        if args.typ.startswith("azure-native:"):
            self.seen.append(Seen(args.typ, args.name, dict(args.inputs)))
        own = [
            k for k in args.inputs if k.endswith("Name") and k not in ("resourceGroupName", "accountName", "vaultName")
        ]
        own += [k for k in ("accountName", "vaultName", "resourceGroupName") if k in args.inputs]
        named = args.inputs[own[0]] if own else args.name
        where = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/g/providers/P/t/{args.name}"
        known = {"name": named, "principalId": f"p-{args.name}", "clientId": "c", "loginServer": "r.azurecr.io"}
        key = {"keyUri": "https://v.vault.azure.net/keys/k", "keyUriWithVersion": "https://v.vault.azure.net/keys/k/1"}
        # Identities are asked for as a list and answered as a map.
        answered = dict(args.inputs)
        if listed := answered.get("identity", {}).get("userAssignedIdentities"):
            answered["identity"] = {**answered["identity"], "userAssignedIdentities": {it: {} for it in listed}}
        return where, {**answered, **known, **key}

    def call(self, args: mocks.MockCallArgs) -> Any:
        return {"tenantId": "t", "clientId": "c", "objectId": "o", "subscriptionId": SUBSCRIPTION}


class Monitor(mocks.MockMonitor):
    """Pulumi's own, which also remembers what was asked of the engine."""

    def __init__(self, cloud: Cloud) -> None:
        super().__init__(cloud)
        self.protected: set[str] = set()

    def RegisterResource(self, request: Any) -> Any:
        if request.protect:
            self.protected.add(request.name)
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]


def built(**said: Any) -> tuple[list[Seen], dict[str, Any]]:
    asyncio.set_event_loop(asyncio.new_event_loop())
    cloud = Cloud()
    monitor = Monitor(cloud)
    mocks.set_mocks(cloud, project="tradewind", stack="dev", preview=False, monitor=monitor)
    out: dict[str, Any] = {}

    def program() -> None:
        args = AzureFoundationArgs(
            **{"environment": "dev", "region": "westeurope", "subscription": SUBSCRIPTION, **said}
        )
        made = AzureFoundation("ground", args, today=date(2030, 5, 17)).made
        pulumi.Output.all(root=made.root, **made.outputs()).apply(out.update)

    pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]
    out["protected"] = monitor.protected
    return cloud.seen, out


def one(seen: list[Seen], kind: str, name: str = "") -> Seen:
    found = [it for it in seen if it.type.rpartition(":")[2] == kind and it.name.endswith(name)]
    assert len(found) == 1, (kind, name, [it.name for it in seen])
    return found[0]


def test_what_is_made_with_nothing_said() -> None:
    seen, out = built()
    account = names.storage_account(SUBSCRIPTION, "tradewind", "dev")
    assert out["root"] == f"az://tradewind@{account}/tradewind"
    assert open_uri(out["root"], None).uri == out["root"]
    assert out["workspace"] == "ground-workspace"  # the mock's identifiers end in logical names
    assert out["storage_account"] == account
    store = one(seen, "StorageAccount").inputs
    assert store["allowBlobPublicAccess"] is False
    assert store["minimumTlsVersion"] == "TLS1_2"
    assert store["enableHttpsTrafficOnly"] is True
    assert store["encryption"]["requireInfrastructureEncryption"] is True
    assert one(seen, "BlobContainer").inputs["publicAccess"] == "None"
    assert one(seen, "Registry").inputs["adminUserEnabled"] is False
    vault = one(seen, "Vault").inputs["properties"]
    assert vault["enablePurgeProtection"]
    assert vault["enableRbacAuthorization"]
    assert vault["enableSoftDelete"]
    kinds = {it.type for it in seen}
    assert not kinds & {
        "azure-native:network:VirtualNetwork",
        "azure-native:consumption:Budget",
        "azure-native:keyvault:Key",
    }
    assert len({it.name for it in seen}) == len(seen)


@pytest.mark.parametrize("identity", ["planner", "deployer", "runtime"])
@pytest.mark.parametrize("scope", ["group", "subscription"])
def test_roles_are_the_tables(identity: Any, scope: Any) -> None:
    seen, _ = built()
    needed = actions.definition(identity, scope=scope)
    found = [it for it in seen if it.type.endswith(":RoleDefinition") and it.name == f"ground-{identity}-{scope}-role"]
    assert bool(found) == bool(needed.actions or needed.data_actions)
    for role in found:
        held = role.inputs["permissions"][0]
        assert held["actions"] == list(needed.actions)
        assert held["dataActions"] == list(needed.data_actions)
        assert len(role.inputs["assignableScopes"]) == 1


def test_the_same_again_is_the_same() -> None:
    said = {
        "key": "own",
        "mails": ("a@b.co",),
        "budget": {"month": 10},
        "network": {"nat": True},
        "github": {"repository": "o/r"},
    }
    first, second = built(**said), built(**said)
    assert _plain(first[0]) == _plain(second[0])
    assert first[1] == second[1]


def _plain(seen: list[Seen]) -> list[tuple[str, str, str]]:
    """All but the published file, whose content is an asset that no two runs share as an object."""
    rows = [
        (it.type, it.name, json.dumps(it.inputs, sort_keys=True, default=str))
        for it in seen
        if it.inputs.get("source") is None
    ]
    return sorted(rows)


def test_private_means_no_public_way() -> None:
    seen, out = built(network={})
    for kind in ("StorageAccount", "Registry"):
        assert one(seen, kind).inputs["publicNetworkAccess"] == "Disabled"
    workspace = next(it for it in seen if it.type == "azure-native:machinelearningservices:Workspace")
    assert workspace.inputs["publicNetworkAccess"] == "Disabled"
    assert one(seen, "Vault").inputs["properties"]["publicNetworkAccess"] == "Disabled"
    links = {
        it.inputs["privateLinkServiceConnections"][0]["groupIds"][0]
        for it in seen
        if it.type.endswith(":PrivateEndpoint")
    }
    assert links == {"blob", "file", "vault", "registry", "amlworkspace"}
    assert out["subnets"].count(",") == 1
    assert not [it for it in seen if it.type.endswith(":NatGateway")]


def test_budget_begins_with_the_month_and_tells_at_most_five() -> None:
    seen, _ = built(mails=("a@b.co",), budget={"month": "100"})
    budget = one(seen, "Budget").inputs
    assert budget["timePeriod"]["startDate"] == "2030-05-01T00:00:00Z"
    assert len(budget["notifications"]) == 4


def test_p95_is_in_milliseconds() -> None:
    seen, _ = built(mails=("a@b.co",), watch=({"endpoint": "e", "p95": "2s"},))
    rule = one(seen, "MetricAlert").inputs
    assert rule["criteria"]["allOf"][0]["threshold"] == 2000
    assert rule["scopes"][0].endswith("/onlineEndpoints/e")


@pytest.mark.parametrize("protect", [True, False])
def test_storage_container_vault_and_key_are_protected(protect: bool) -> None:
    _, out = built(key="own", protect=protect)
    wanted = {"ground-storage", "ground-container", "ground-vault", "ground-key"}
    assert out["protected"] == (wanted if protect else set())


def test_an_own_key_is_storages_registrys_and_the_workspaces() -> None:
    seen, out = built(key="own")
    assert one(seen, "StorageAccount").inputs["encryption"]["keySource"] == "Microsoft.Keyvault"
    assert one(seen, "Registry").inputs["sku"]["name"] == "Premium"
    workspace = next(it for it in seen if it.type == "azure-native:machinelearningservices:Workspace")
    assert workspace.inputs["encryption"]["keyVaultProperties"]["keyIdentifier"].endswith("/k/1")
    assert one(seen, "Key").inputs["properties"]["rotationPolicy"]["lifetimeActions"][0]["action"]["type"] == "rotate"
    assert out["kms_key"] == "https://v.vault.azure.net/keys/k"


def test_what_is_there_is_not_made() -> None:
    there = {
        "resource_group": "g", "workspace": "w", "storage_account": "acct", "bucket": "box", "key_vault": "v",
        "registry": "reg", "planner": "/p", "deployer": "/d", "runtime": "/r", "alerts": "a",
    }  # fmt: skip
    seen, out = built(existing=there)
    assert sorted(it.name for it in seen) == ["ground-logs", "ground-published"]
    assert out["root"] == "az://box@acct/tradewind"
    assert (out["workspace"], out["registry"], out["runtime"]) == ("w", "reg.azurecr.io", "/r")


def test_github_becomes_planner_and_deployer_only() -> None:
    seen, _ = built(github={"repository": "acme/ml"})
    found = [it.inputs for it in seen if it.type.endswith(":FederatedIdentityCredential")]
    assert {it["subject"] for it in found} == {"repo:acme/ml:pull_request", "repo:acme/ml:ref:refs/heads/main"}
    assert {it["audiences"][0] for it in found} == {"api://AzureADTokenExchange"}


def test_everything_that_takes_tags_has_them() -> None:
    seen, _ = built(key="own", network={"nat": True}, mails=("a@b.co",), tags={"team": "ml"})
    untagged = {it.type.rpartition(":")[2] for it in seen if it.inputs.get("tags", {}).get("team") != "ml"}
    assert untagged == {
        "BlobContainer", "BlobServiceProperties", "ManagementPolicy", "Blob", "RoleDefinition", "RoleAssignment",
        "Subnet", "PrivateDnsZoneGroup",
    }  # fmt: skip
    assert all(it.inputs["tags"]["managed-by"] == "tradewind-infra" for it in seen if "tags" in it.inputs)


@given(
    name=st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z"),
    environment=st.from_regex(r"\A[a-z][a-z0-9-]{0,18}[a-z0-9]\Z"),
)
def test_names_are_ones_that_azure_takes(name: str, environment: str) -> None:
    said = (SUBSCRIPTION, name, environment)
    assert re.fullmatch(r"[a-z0-9]{3,24}", names.storage_account(*said))
    assert re.fullmatch(r"(?=.{3,24}\Z)[a-z](-?[a-z0-9])*", names.key_vault(*said))
    assert re.fullmatch(r"[a-z0-9]{5,50}", names.registry(*said))
