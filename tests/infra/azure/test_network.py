"""The network of the ground on Azure, and services that are reached by private addresses alone."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Network
from itertools import pairwise
from typing import Any

import pytest

from tests.infra.azure.founding import ELSEWHERE, GROUP, found, of, one, plain
from tests.infra.mocks import Recorded
from tradewind.infra.azure import roles
from tradewind.infra.azure.zones import ZONES


def test_private_means_no_public_way() -> None:
    recorded = found(network={})
    for short in ("storage", "registry", "workspace"):
        assert one(recorded, short).inputs["publicNetworkAccess"] == "Disabled"
    assert one(recorded, "storage").inputs["networkRuleSet"] == {"bypass": "AzureServices", "defaultAction": "Deny"}
    vault = one(recorded, "vault").inputs["properties"]
    assert vault["publicNetworkAccess"] == "Disabled"
    assert vault["networkAcls"] == {"bypass": "AzureServices", "defaultAction": "Deny"}
    assert one(recorded, "registry").inputs["sku"] == {"name": "Premium"}  # no private link below it


def test_each_service_has_an_address_and_a_name_for_it() -> None:
    recorded = found(network={})
    links = of(recorded, "network:PrivateEndpoint")
    asked = {it.inputs["privateLinkServiceConnections"][0]["groupIds"][0] for it in links}
    assert asked == set(ZONES)
    assert {it.inputs["subnet"]["id"].rpartition("/")[2] for it in links} == {"subnet-0"}
    zones = {it.inputs["privateZoneName"] for it in of(recorded, "privatedns:PrivateZone")}
    assert zones == {it for some in ZONES.values() for it in some}
    net = recorded.outputs["network"]
    assert {it.inputs["virtualNetwork"]["id"] for it in of(recorded, "privatedns:VirtualNetworkLink")} == {net}
    names = one(recorded, "amlworkspace-names").inputs["privateDnsZoneConfigs"]
    assert len(names) == 2


def test_addresses_are_given_one_at_a_time() -> None:
    recorded = found(network={})
    order = list(ZONES)
    for before, after in pairwise(order):
        assert any(it.endswith(f"ground-{before}-link") for it in one(recorded, f"{after}-link").dependencies)
    assert any(it.endswith("ground-subnet-1") for it in one(recorded, f"{order[0]}-link").dependencies)


def test_deployments_reach_what_is_closed_by_a_network_of_azure_mls() -> None:
    recorded = found(network={})
    assert one(recorded, "workspace").inputs["managedNetwork"]["isolationMode"] == "AllowInternetOutbound"
    grant = one(recorded, "workspace-links-grant").inputs
    assert grant["principalId"] == "principal-of-ground-workspace"
    assert grant["scope"] == GROUP
    assert "managedNetwork" not in one(plain(), "workspace").inputs


def test_links_to_what_is_in_another_group_are_approved_there_too() -> None:
    kinds = {
        "storage_account": "Microsoft.Storage/storageAccounts",
        "key_vault": "Microsoft.KeyVault/vaults",
        "insights": "Microsoft.Insights/components",
        "registry": "Microsoft.ContainerRegistry/registries",
    }
    there = {option: f"{ELSEWHERE}/providers/{kind}/shared1" for option, kind in kinds.items()}
    grants = approvals(found(network={}, existing=there))
    assert {it["scope"] for it in grants} == {GROUP, *there.values()}
    assert {it["principalId"] for it in grants} == {"principal-of-ground-workspace"}
    assert len({it["roleDefinitionId"] for it in grants}) == 1
    ours = {"registry": "images1", "key_vault": f"{GROUP}/providers/{kinds['key_vault']}/vault1"}
    assert [it["scope"] for it in approvals(found(network={}, existing=ours))] == [GROUP]
    assert not approvals(found(existing=there))


def approvals(recorded: Recorded) -> list[Mapping[str, Any]]:
    grants = [it.inputs for it in of(recorded, "authorization:RoleAssignment")]
    return [it for it in grants if it["roleDefinitionId"].endswith(roles.APPROVER)]


def test_an_open_network_closes_nothing() -> None:
    recorded = found(network={"private_endpoints": False})
    assert one(recorded, "storage").inputs["publicNetworkAccess"] == "Enabled"
    assert not of(recorded, "network:PrivateEndpoint")
    assert recorded.outputs["subnets"].count(",") == 1


def test_a_vault_with_a_workspaces_key_is_closed_by_its_firewall_alone() -> None:
    vault = one(found(network={}, key="own"), "vault").inputs["properties"]
    assert vault["publicNetworkAccess"] == "Enabled"
    assert vault["networkAcls"]["defaultAction"] == "Deny"


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_subnets_are_apart_and_have_no_way_out_unless_asked(zones: int) -> None:
    recorded = found(network={"cidr": "10.9.0.0/24", "zones": zones, "private_endpoints": False})
    made = of(recorded, "network:Subnet")
    parts = [IPv4Network(it.inputs["addressPrefix"]) for it in made]
    assert len(parts) == zones
    assert not [one for one in parts for two in parts if one != two and one.overlaps(two)]
    assert all(it.subnet_of(IPv4Network("10.9.0.0/24")) for it in parts)
    assert all(it.inputs["defaultOutboundAccess"] is False and "natGateway" not in it.inputs for it in made)
    for number in range(1, zones):  # a network takes one change at once
        assert any(it.endswith(f"subnet-{number - 1}") for it in one(recorded, f"subnet-{number}").dependencies)


def test_a_way_out() -> None:
    recorded = found(network={"nat": True, "private_endpoints": False})
    gateway = {it.inputs["natGateway"]["id"].rpartition("/")[2] for it in of(recorded, "network:Subnet")}
    assert gateway == {"tradewind-dev"}
    assert one(recorded, "nat-address").inputs["publicIPAllocationMethod"] == "Static"


def test_a_network_that_is_there_gets_the_addresses() -> None:
    recorded = found(existing={"network": "net", "subnets": ["inner", "outer"]}, network={})
    assert not of(recorded, "network:VirtualNetwork")
    inner = f"{GROUP}/providers/Microsoft.Network/virtualNetworks/net/subnets/inner"
    assert {it.inputs["subnet"]["id"] for it in of(recorded, "network:PrivateEndpoint")} == {inner}
    assert recorded.outputs["subnets"].split(",")[0] == inner


def test_zones_that_the_network_already_asks_are_neither_made_nor_linked() -> None:
    hub = "/subscriptions/hub/resourceGroups/dns/providers/Microsoft.Network/privateDnsZones"
    there = {it: f"{hub}/{it}" for it in (*ZONES["blob"], ZONES["amlworkspace"][1])}
    recorded = found(existing={"network": "net", "subnets": ["inner"], "dns_zones": there}, network={})
    made = {it.inputs["privateZoneName"] for it in of(recorded, "privatedns:PrivateZone")}
    assert made == {it for some in ZONES.values() for it in some} - there.keys()
    assert {it.inputs["privateZoneName"] for it in of(recorded, "privatedns:VirtualNetworkLink")} == made
    (blob,) = one(recorded, "blob-names").inputs["privateDnsZoneConfigs"]
    assert blob["privateDnsZoneId"] == there[ZONES["blob"][0]]
    api, notebooks = one(recorded, "amlworkspace-names").inputs["privateDnsZoneConfigs"]
    assert notebooks["privateDnsZoneId"] == there[ZONES["amlworkspace"][1]]
    assert api["privateDnsZoneId"].startswith(GROUP)
    assert "ground-blob-names" in {it.rpartition("::")[2] for it in one(recorded, "published").dependencies}


def test_a_network_that_is_there_may_be_named_alone() -> None:
    recorded = found(existing={"network": "net"})
    assert "subnets" not in recorded.outputs
    assert recorded.outputs["network"].endswith("/virtualNetworks/net")
