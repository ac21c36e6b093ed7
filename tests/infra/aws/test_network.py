"""The network on AWS: what each option makes, who may talk to whom, and what is refused."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.infra.aws.founding import counts, found
from tradewind.infra.arguments import Network
from tradewind.infra.aws.endpoints import SERVICES
from tradewind.infra.aws.network import private_ranges, public_range

BARE = {
    "Vpc": 1,
    "DefaultSecurityGroup": 1,
    "Subnet": 2,
    "RouteTable": 1,
    "RouteTableAssociation": 2,
    "SecurityGroup": 1,
    "SecurityGroupIngressRule": 1,
    "SecurityGroupEgressRule": 2,
    "VpcEndpoint": 1,
    "FlowLog": 1,
    "LogGroup": 1,
    "Role": 1,
    "RolePolicy": 1,
}
PRIVATE = {"VpcEndpoint": len(SERVICES), "SecurityGroup": 1, "SecurityGroupIngressRule": 1}
NAT = {
    "InternetGateway": 1,
    "Subnet": 1,
    "RouteTable": 1,
    "RouteTableAssociation": 1,
    "Route": 2,
    "Eip": 1,
    "NatGateway": 1,
}


def added(**network: Any) -> dict[str, int]:
    plain, now = counts(found()), counts(found(network=network))
    return {kind: now[kind] - plain[kind] for kind in now | plain if now[kind] != plain[kind]}


def total(*parts: dict[str, int]) -> dict[str, int]:
    return {kind: sum(it.get(kind, 0) for it in parts) for kind in {kind for it in parts for kind in it}}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({"private_endpoints": False}, BARE),
        ({}, total(BARE, PRIVATE)),
        ({"private_endpoints": False, "nat": True}, total(BARE, NAT)),
        ({"private_endpoints": False, "zones": 3}, total(BARE, {"Subnet": 1, "RouteTableAssociation": 1})),
    ],
    ids=["bare", "plain", "nat", "three zones"],
)
def test_an_option_makes_what_it_says_and_nothing_else(asked: dict[str, Any], expected: dict[str, int]) -> None:
    assert added(**asked) == expected


@given(prefix=st.integers(16, 24), zones=st.integers(1, 3))
def test_ranges_lie_in_the_network_and_apart(prefix: int, zones: int) -> None:
    cidr = IPv4Network(f"10.40.0.0/{prefix}")
    ranges = [*private_ranges(cidr, zones), public_range(cidr)]
    assert len(ranges) == zones + 1
    assert all(it.subnet_of(cidr) and it.prefixlen <= 28 for it in ranges)
    assert not any(a.overlaps(b) for at, a in enumerate(ranges) for b in ranges[at + 1 :])
    assert private_ranges(cidr, 3)[:zones] == ranges[:-1]  # one more zone moves none


@settings(max_examples=12, deadline=None)
@given(zones=st.integers(1, 3), nat=st.booleans(), private=st.booleans(), own=st.booleans(), prefix=st.integers(16, 24))
def test_whatever_is_combined_nothing_comes_in_and_what_is_published_is_what_was_made(
    zones: int, nat: bool, private: bool, own: bool, prefix: int
) -> None:
    asked = Network(cidr=IPv4Network(f"10.40.0.0/{prefix}"), zones=zones, nat=nat, private_endpoints=private)
    recorded = found(network=asked.model_dump(mode="json"), key="own" if own else "managed")
    ingress = recorded.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert all(it.inputs["referencedSecurityGroupId"] == "tradewind-containers-id" for it in ingress)
    assert not any("cidrIpv4" in it.inputs for it in ingress)
    assert not any(it.inputs["mapPublicIpOnLaunch"] for it in recorded.of("aws:ec2/subnet:Subnet"))
    subnets = recorded.outputs["subnets"].split(",")
    assert subnets == [f"tradewind-private-{at}-id" for at in range(zones)]
    assert recorded.outputs["network"] == "tradewind-network-id"
    assert recorded.outputs["security_groups"] == "tradewind-containers-id"
    endpoints = {it.inputs["serviceName"] for it in recorded.of("aws:ec2/vpcEndpoint:VpcEndpoint")}
    services = {"s3", *(SERVICES if private else ()), *(("kms",) if private and own else ())}
    assert endpoints == {f"com.amazonaws.eu-west-1.{it}" for it in services}
    assert len(recorded.of("aws:ec2/natGateway:NatGateway")) == nat
    assert not [it for it in recorded.resources if it.secrets]
    assert len({(it.type, it.name) for it in recorded.resources}) == len(recorded.resources)


def test_each_subnet_has_a_zone_of_its_own_and_the_way_out_only_by_nat() -> None:
    recorded = found(network={"zones": 3, "nat": True})
    private = [it for it in recorded.of("aws:ec2/subnet:Subnet") if "private" in it.name]
    assert [it.inputs["availabilityZone"] for it in private] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]
    routes = {it.name: it.inputs for it in recorded.of("aws:ec2/route:Route")}
    assert routes["tradewind-private-out"]["natGatewayId"] == "tradewind-nat-id"
    assert routes["tradewind-private-out"]["routeTableId"] == "tradewind-private-routes-id"
    assert routes["tradewind-public-out"]["gatewayId"] == "tradewind-internet-id"
    assert not found(network={}).of("aws:ec2/route:Route")


def test_the_default_group_lets_nothing_through() -> None:
    (group,) = found(network={}).of("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert group.inputs["ingress"] == group.inputs["egress"] == []


def test_flow_logs_write_to_their_own_group_alone() -> None:
    recorded = found(network={}, key="own", log_days=31)
    (group,) = [it for it in recorded.of("aws:cloudwatch/logGroup:LogGroup") if "flows" in it.name]
    assert group.inputs["retentionInDays"] == 60
    assert group.inputs["kmsKeyId"] == recorded.outputs["kms_key"]
    (policy,) = recorded.of("aws:iam/rolePolicy:RolePolicy")
    write, listing = json.loads(policy.inputs["policy"])["Statement"]
    assert all(it.rstrip(":*").endswith("/tradewind/tradewind-dev/flows") for it in write["Resource"])
    assert listing["Action"] == "logs:DescribeLogGroups"


def test_roles_may_use_the_network_that_is_made() -> None:
    def runtime(**asked: Any) -> str:
        of = found(**asked).of("aws:iam/policy:Policy")
        return "".join(it.inputs["policy"] for it in of if "runtime-policy" in it.name)

    assert "ec2:CreateNetworkInterface" in runtime(network={})
    assert "ec2:CreateNetworkInterface" not in runtime()


def test_a_network_that_is_there_is_used_and_none_is_made() -> None:
    recorded = found(
        network={}, existing={"network": "vpc-1", "subnets": ["subnet-1", "subnet-2"], "security_groups": ["sg-1"]}
    )
    assert not recorded.of("aws:ec2/vpc:Vpc")
    assert recorded.outputs["network"] == "vpc-1"
    assert recorded.outputs["subnets"] == "subnet-1,subnet-2"
    assert recorded.outputs["security_groups"] == "sg-1"
