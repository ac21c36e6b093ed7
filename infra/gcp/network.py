"""A private network for machines of one's own. Google's subnets span a region, so that one holds what on other clouds takes one a
zone.

Vertex AI's containers do not run in it: a job comes in by a network attachment (PscInterfaceConfig) or by private services access
(CustomJobSpec.network), and neither is made. Source: "Use Private Service Connect interface for Vertex AI Training".
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Any

import pulumi_gcp as gcp

from tradewind.infra import arguments
from tradewind.infra.gcp.ground import Ground, cut, mark

# What is asked for by Google's own names: APIs, and images of Artifact Registry and of Container Registry's domain.
DOMAINS = {"apis": "googleapis.com.", "images": "pkg.dev.", "gcr": "gcr.io."}


@dataclass(frozen=True)
class Net:
    network: Any = None
    subnets: tuple[Any, ...] = ()


def make(ground: Ground) -> Net:
    existing, asked = ground.args.existing, ground.args.network
    if existing.network:
        return _there(ground.args)
    if asked is None:
        return Net()
    net = gcp.compute.Network(
        ground.logical("network"),
        project=ground.args.project,
        name=ground.title(),
        auto_create_subnetworks=False,
        delete_default_routes_on_create=True,  # the way out is a resource of its own, so that it can come and go
        opts=ground.opts("network"),
    )
    subnet = _subnet(ground, net, asked)
    _denied(ground, net)
    if asked.private_endpoints:
        _private(ground, net, asked)
    if asked.nat or not asked.private_endpoints:
        _way_out(ground, net)
    if asked.nat:
        _nat(ground, net)
    return Net(net.id, (subnet,))


def _there(args: arguments.GcpFoundationArgs) -> Net:
    """By full names; what is named alone is the project's own."""

    def full(said: str, where: str) -> str:
        return said if "/" in said else f"projects/{args.project}/{where}/{said}"

    subnets = tuple(full(it, f"regions/{args.region}/subnetworks") for it in args.existing.subnets)
    return Net(full(str(args.existing.network), "global/networks"), subnets)


def _subnet(ground: Ground, net: Any, asked: arguments.Network) -> Any:
    return gcp.compute.Subnetwork(
        ground.logical("subnet"),
        project=ground.args.project,
        region=ground.args.region,
        name=ground.title(),
        network=net.id,
        ip_cidr_range=str(asked.cidr),
        private_ip_google_access=True,
        log_config={
            "aggregation_interval": "INTERVAL_10_MIN",
            "flow_sampling": 0.5,
            "metadata": "INCLUDE_ALL_METADATA",
        },
        opts=ground.opts("subnet"),
    ).id


def _denied(ground: Ground, net: Any) -> None:
    """What every network has already, but with a log of who tried."""
    gcp.compute.Firewall(
        ground.logical("deny-ingress"),
        project=ground.args.project,
        name=cut(ground.title("deny-ingress"), 63),
        network=net.id,
        direction="INGRESS",
        priority=65534,
        denies=[{"protocol": "all"}],
        source_ranges=["0.0.0.0/0"],
        log_config={"metadata": "INCLUDE_ALL_METADATA"},
        opts=ground.opts("deny-ingress"),
    )


def beside(asked: arguments.Network) -> IPv4Address:
    """An address outside every subnet, as Private Service Connect for Google's APIs wants it."""
    return (
        IPv4Address("172.31.255.250") if asked.cidr.network_address.packed[0] == 10 else IPv4Address("10.255.255.250")
    )


def endpoint_name(title: str) -> str:
    """ "Access Google APIs through endpoints": 1 to 20 characters, letters and digits only."""
    return f"tw{title.replace('-', '')[:12]}{mark(title)}"


def _private(ground: Ground, net: Any, asked: arguments.Network) -> None:
    address = gcp.compute.GlobalAddress(
        ground.logical("apis-address"),
        project=ground.args.project,
        name=cut(ground.title("apis"), 63),
        address_type="INTERNAL",
        purpose="PRIVATE_SERVICE_CONNECT",
        address=str(beside(asked)),
        network=net.id,
        labels=ground.labels,
        opts=ground.opts("apis-address"),
    )
    gcp.compute.GlobalForwardingRule(
        ground.logical("apis-endpoint"),
        project=ground.args.project,
        name=endpoint_name(ground.title()),
        target="all-apis",
        network=net.id,
        ip_address=address.id,
        load_balancing_scheme="",
        labels=ground.labels,
        opts=ground.opts("apis-endpoint"),
    )
    for short, domain in DOMAINS.items():
        _names(ground, net, short, domain, str(beside(asked)))


def _names(ground: Ground, net: Any, short: str, domain: str, address: str) -> None:
    """Google's names lead to that address within this network; without it, clients would still go to the public ones."""
    zone = gcp.dns.ManagedZone(
        ground.logical(f"dns-{short}"),
        project=ground.args.project,
        name=cut(ground.title(short), 63),
        dns_name=domain,
        description=f"{domain} within the network of {ground.title()}",
        visibility="private",
        private_visibility_config={"networks": [{"network_url": net.id}]},
        labels=ground.labels,
        opts=ground.opts(f"dns-{short}"),
    )
    for kind, name, value in (("A", domain, address), ("CNAME", f"*.{domain}", domain)):
        gcp.dns.RecordSet(
            ground.logical(f"dns-{short}-{kind.lower()}"),
            project=ground.args.project,
            managed_zone=zone.name,
            name=name,
            type=kind,
            ttl=300,
            rrdatas=[value],
            opts=ground.opts(f"dns-{short}-{kind.lower()}"),
        )


def _way_out(ground: Ground, net: Any) -> None:
    """To what NAT has addresses for; without NAT to Google's own public addresses alone ("Private Google Access")."""
    gcp.compute.Route(
        ground.logical("way-out"),
        project=ground.args.project,
        name=cut(ground.title("way-out"), 63),
        network=net.id,
        dest_range="0.0.0.0/0",
        next_hop_gateway="default-internet-gateway",
        priority=1000,
        opts=ground.opts("way-out"),
    )


def _nat(ground: Ground, net: Any) -> None:
    router = gcp.compute.Router(
        ground.logical("router"),
        project=ground.args.project,
        region=ground.args.region,
        name=ground.title(),
        network=net.id,
        opts=ground.opts("router"),
    )
    gcp.compute.RouterNat(
        ground.logical("nat"),
        project=ground.args.project,
        region=ground.args.region,
        name=ground.title(),
        router=router.name,
        nat_ip_allocate_option="AUTO_ONLY",
        source_subnetwork_ip_ranges_to_nat="ALL_SUBNETWORKS_ALL_IP_RANGES",
        log_config={"enable": True, "filter": "ERRORS_ONLY"},
        opts=ground.opts("nat"),
    )
