"""A private network for containers: subnets in zones of their own, and the cloud's services by private addresses."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra.arguments import Network
from tradewind.infra.aws import endpoints, flows, internet, zones
from tradewind.infra.aws.ground import Ground


@dataclass(frozen=True)
class Wired:
    """Ids, lists joined by commas, as they are published; None where containers have no network of their own."""

    network: pulumi.Output[str] | None = None
    subnets: pulumi.Output[str] | None = None
    security_groups: pulumi.Output[str] | None = None


def network(ground: Ground, key: pulumi.Output[str] | None) -> Wired:
    """The one that is given, or made where it is asked for."""
    given, asked = ground.args.existing, ground.args.network
    if given.network or asked is None:
        said = (given.network, ",".join(given.subnets), ",".join(given.security_groups))
        return Wired(*(pulumi.Output.from_input(it) if it else None for it in said))
    vpc = aws.ec2.Vpc(
        ground.logical("network"),
        cidr_block=str(asked.cidr),
        enable_dns_support=True,
        enable_dns_hostnames=True,  # private DNS of interface endpoints needs both
        tags=ground.named("network"),
        opts=ground.opts("network"),
    )
    aws.ec2.DefaultSecurityGroup(  # whoever forgets to name a group gets one that lets nothing through
        ground.logical("default-group"),
        vpc_id=vpc.id,
        ingress=[],
        egress=[],
        tags=ground.named("default-group"),
        opts=ground.opts("default-group"),
    )
    addresses = endpoints.addresses(ground, own_key=key is not None) if asked.private_endpoints else {}
    names = zones.chosen(ground, asked.zones, list(addresses.values()))
    routes = aws.ec2.RouteTable(
        ground.logical("private-routes"),
        vpc_id=vpc.id,
        tags=ground.named("private"),
        opts=ground.opts("private-routes"),
    )
    subnets = _subnets(ground, asked, vpc, names, routes)
    group = _containers(ground, vpc)
    endpoints.gateway(ground, vpc, routes)
    if addresses:
        endpoints.interfaces(ground, vpc, subnets, group, addresses)
    if asked.nat:
        internet.way_out(ground, vpc, public_range(asked.cidr), names[0], routes)
    flows.log(ground, vpc, key)
    return Wired(vpc.id, pulumi.Output.all(*[it.id for it in subnets]).apply(",".join), group.id)


def private_ranges(cidr: IPv4Network, zones: int) -> list[IPv4Network]:
    """A quarter each, so that one more zone moves no subnet; the last quarter is kept for what faces the internet."""
    return list(cidr.subnets(prefixlen_diff=2))[:zones]


def public_range(cidr: IPv4Network) -> IPv4Network:
    """16 addresses, the least that AWS allows: only the NAT gateway stands there."""
    return next(list(cidr.subnets(prefixlen_diff=2))[3].subnets(new_prefix=28))


def _subnets(ground: Ground, asked: Network, vpc: Any, names: pulumi.Output[list[str]], routes: Any) -> list[Any]:
    made = []
    for at, cidr in enumerate(private_ranges(asked.cidr, asked.zones)):
        short = f"private-{at}"
        subnet = aws.ec2.Subnet(
            ground.logical(short),
            vpc_id=vpc.id,
            cidr_block=str(cidr),
            availability_zone=names[at],
            map_public_ip_on_launch=False,
            tags=ground.named(short),
            opts=ground.opts(short, kept=("availabilityZone",)),  # a zone that is there only later moves no subnet
        )
        aws.ec2.RouteTableAssociation(
            ground.logical(f"{short}-routes"),
            subnet_id=subnet.id,
            route_table_id=routes.id,
            opts=ground.opts(f"{short}-routes"),
        )
        made.append(subnet)
    return made


def _containers(ground: Ground, vpc: Any) -> Any:
    """In: only each other. Out: each other (machines of one job; EFA needs both ways) and https: AWS's services, and the
    internet where `nat` makes a way. Names are resolved all the same: groups do not filter the VPC's own resolver."""
    group = aws.ec2.SecurityGroup(
        ground.logical("containers"),
        name=f"containers-{ground.title()}",  # never "sg-...", which AWS keeps for itself
        description=f"tradewind: containers of {ground.title()}",
        vpc_id=vpc.id,
        tags=ground.named("containers"),
        opts=ground.opts("containers"),
    )
    each_other: dict[str, Any] = {
        "security_group_id": group.id,
        "referenced_security_group_id": group.id,
        "ip_protocol": "-1",
        "tags": ground.tags,
    }
    aws.vpc.SecurityGroupIngressRule(ground.logical("containers-in"), **each_other, opts=ground.opts("containers-in"))
    aws.vpc.SecurityGroupEgressRule(ground.logical("containers-out"), **each_other, opts=ground.opts("containers-out"))
    aws.vpc.SecurityGroupEgressRule(
        ground.logical("containers-https"),
        security_group_id=group.id,
        cidr_ipv4="0.0.0.0/0",
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=ground.tags,
        opts=ground.opts("containers-https"),
    )
    return group
