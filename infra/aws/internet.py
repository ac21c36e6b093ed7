"""A way out to the internet for private subnets; nothing comes in by it."""

from __future__ import annotations

from ipaddress import IPv4Network
from typing import Any

import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground

ANYWHERE = "0.0.0.0/0"


def way_out(ground: Ground, vpc: Any, cidr: IPv4Network, zone: Any, private: Any) -> None:
    """One NAT gateway for all zones: without its zone there is no way out, and three would cost three times as much."""
    gateway = aws.ec2.InternetGateway(
        ground.logical("internet"), vpc_id=vpc.id, tags=ground.named("internet"), opts=ground.opts("internet")
    )
    public = aws.ec2.Subnet(
        ground.logical("public"),
        vpc_id=vpc.id,
        cidr_block=str(cidr),
        availability_zone=zone,
        map_public_ip_on_launch=False,  # the NAT gateway brings its own address
        tags=ground.named("public"),
        opts=ground.opts("public", kept=("availabilityZone",)),
    )
    routes = aws.ec2.RouteTable(
        ground.logical("public-routes"),
        vpc_id=vpc.id,
        tags=ground.named("public"),
        opts=ground.opts("public-routes"),
    )
    out = aws.ec2.Route(
        ground.logical("public-out"),
        route_table_id=routes.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=gateway.id,
        opts=ground.opts("public-out"),
    )
    aws.ec2.RouteTableAssociation(
        ground.logical("public-of-routes"),
        subnet_id=public.id,
        route_table_id=routes.id,
        opts=ground.opts("public-of-routes"),
    )
    address = aws.ec2.Eip(
        ground.logical("nat-address"),
        domain="vpc",
        tags=ground.named("nat"),
        opts=ground.opts("nat-address", depends=[gateway]),
    )
    nat = aws.ec2.NatGateway(
        ground.logical("nat"),
        subnet_id=public.id,
        allocation_id=address.allocation_id,
        tags=ground.named("nat"),
        opts=ground.opts("nat", depends=[out]),
    )
    aws.ec2.Route(
        ground.logical("private-out"),
        route_table_id=private.id,
        destination_cidr_block=ANYWHERE,
        nat_gateway_id=nat.id,
        opts=ground.opts("private-out"),
    )
