"""A virtual network, and the services by private addresses in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.arguments import Network
from tradewind.infra.azure.site import Site, Text
from tradewind.infra.azure.zones import ZONES


@dataclass(frozen=True)
class Net:
    network: Text
    subnets: tuple[Text, ...]
    made: tuple[pulumi.Resource, ...] = ()  # subnets, where they are ours


def make(site: Site) -> Net | None:
    existing, asked = site.args.existing, site.args.network
    if existing.network:
        network = site.id_of("Microsoft.Network/virtualNetworks", existing.network)
        inside = [
            it if it.startswith("/") else pulumi.Output.concat(network, "/subnets/", it) for it in existing.subnets
        ]
        return Net(network, tuple(map(pulumi.Output.from_input, inside)))
    return _made(site, asked) if asked else None


def _made(site: Site, asked: Network) -> Net:
    net = azure.network
    common = {"resource_group_name": site.group, "location": site.args.region, "tags": site.tags}
    # Azure's own default rules: inside to inside, balancer to inside, inside to out; nothing else comes in.
    guard = net.NetworkSecurityGroup(
        site.child("guard"), network_security_group_name=f"{site.slug}-guard", **common, opts=site.opts("guard")
    )
    network = net.VirtualNetwork(
        site.child("network"),
        virtual_network_name=site.slug,
        address_space=net.AddressSpaceArgs(address_prefixes=[str(asked.cidr)]),
        **common,
        opts=site.opts("network", ignore_changes=["subnets"]),
    )
    nat = _nat(site, common) if asked.nat else None
    subnets: list[azure.network.Subnet] = []
    for number, part in enumerate(islice(asked.cidr.subnets(prefixlen_diff=2), asked.zones)):
        subnets.append(
            net.Subnet(
                site.child(f"subnet-{number}"),
                subnet_name=f"subnet-{number}",
                virtual_network_name=network.name,
                resource_group_name=site.group,
                address_prefix=str(part),
                default_outbound_access=False,
                network_security_group=net.NetworkSecurityGroupArgs(id=guard.id),
                nat_gateway=net.SubResourceArgs(id=nat.id) if nat else None,
                # One at a time: a network takes one change at once.
                opts=site.opts(f"subnet-{number}", depends_on=subnets[-1:]),
            )
        )
    return Net(network.id, tuple(it.id for it in subnets), tuple(subnets))


def _nat(site: Site, common: Mapping[str, object]) -> azure.network.NatGateway:
    net = azure.network
    address = net.PublicIPAddress(
        site.child("nat-address"),
        public_ip_address_name=f"{site.slug}-nat",
        sku=net.PublicIPAddressSkuArgs(name="Standard"),
        public_ip_allocation_method="Static",
        **common,
        opts=site.opts("nat-address"),
    )
    return net.NatGateway(
        site.child("nat"),
        nat_gateway_name=site.slug,
        sku=net.NatGatewaySkuArgs(name="Standard"),
        public_ip_addresses=[net.SubResourceArgs(id=address.id)],
        **common,
        opts=site.opts("nat"),
    )


def private(site: Site, net: Net | None, targets: Mapping[str, Text]) -> dict[str, tuple[pulumi.Resource, ...]]:
    """`targets`: identifiers of services by the names in `ZONES`; by the same names, what has to stand before one is found."""
    if net is None or not site.private:
        return {}
    found: dict[str, tuple[pulumi.Resource, ...]] = {}
    before = list(net.made)
    for kind, target in targets.items():
        endpoint = azure.network.PrivateEndpoint(
            site.child(f"{kind}-link"),
            private_endpoint_name=f"{site.slug}-{kind}",
            resource_group_name=site.group,
            location=site.args.region,
            subnet=azure.network.SubnetArgs(id=net.subnets[0]),
            private_link_service_connections=[
                azure.network.PrivateLinkServiceConnectionArgs(
                    name=kind, private_link_service_id=target, group_ids=[kind]
                )
            ],
            tags=site.tags,
            # One at a time: a subnet that is being changed refuses the next one.
            opts=site.opts(f"{kind}-link", depends_on=before),
        )
        before = [endpoint]
        zones = [_zone(site, net, f"{kind}-{number}", zone) for number, zone in enumerate(ZONES[kind])]
        names = azure.network.PrivateDnsZoneGroup(
            site.child(f"{kind}-names"),
            private_dns_zone_group_name="default",
            private_endpoint_name=endpoint.name,
            resource_group_name=site.group,
            private_dns_zone_configs=[
                azure.network.PrivateDnsZoneConfigArgs(name=zone.replace(".", "-"), private_dns_zone_id=it.id)
                for zone, it in zip(ZONES[kind], zones, strict=True)
            ],
            opts=site.opts(f"{kind}-names"),
        )
        found[kind] = (names, *(link for it in zones for link in it.links))
    return found


@dataclass(frozen=True)
class _Zone:
    id: Text
    links: tuple[pulumi.Resource, ...] = ()


def _zone(site: Site, net: Net, short: str, zone: str) -> _Zone:
    # A network is linked to one zone of a name, so what has one already keeps it.
    if there := site.args.existing.dns_zones.get(zone):
        return _Zone(pulumi.Output.from_input(there))
    made = azure.privatedns.PrivateZone(
        site.child(f"{short}-zone"),
        private_zone_name=zone,
        resource_group_name=site.group,
        location="global",
        tags=site.zone_tags,
        opts=site.opts(f"{short}-zone"),
    )
    link = azure.privatedns.VirtualNetworkLink(
        site.child(f"{short}-zone-link"),
        virtual_network_link_name=site.slug,
        private_zone_name=made.name,
        resource_group_name=site.group,
        location="global",
        registration_enabled=False,
        virtual_network=azure.privatedns.SubResourceArgs(id=net.network),
        tags=site.zone_tags,
        opts=site.opts(f"{short}-zone-link"),
    )
    return _Zone(made.id, (link,))
