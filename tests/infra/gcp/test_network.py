"""The private network on Google Cloud."""

from __future__ import annotations

import json
from ipaddress import IPv4Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("pulumi_gcp")

from tests.infra.gcp.founding import PLAIN, built, kind_of, kinds, one, sound
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp.network import beside, endpoint_name


def test_a_network_without_a_way_out() -> None:
    recorded = built(network={})
    sound(recorded)
    assert one(recorded, "network").inputs["autoCreateSubnetworks"] is False
    assert one(recorded, "network").inputs["deleteDefaultRoutesOnCreate"] is True
    subnet = one(recorded, "subnet").inputs
    assert (subnet["ipCidrRange"], subnet["privateIpGoogleAccess"]) == ("10.40.0.0/16", True)
    assert one(recorded, "deny-ingress").inputs["denies"] == [{"protocol": "all"}]
    assert not {"RouterNat", "Router", "Route"} & set(kinds(recorded))
    known = json.loads(recorded.outputs)["outputs"]
    assert known["network"] == "projects/acme-ml/global/networks/tradewind-prod"
    assert known["subnets"] == "projects/acme-ml/regions/europe-west4/subnetworks/tradewind-prod"


def test_googles_names_lead_to_the_private_address() -> None:
    recorded = built(network={})
    endpoint = one(recorded, "apis-endpoint").inputs
    assert endpoint["target"] == "all-apis"
    address = one(recorded, "apis-address").inputs["address"]
    zones = recorded.of("gcp:dns/managedZone:ManagedZone")
    assert {it.inputs["dnsName"] for it in zones} == {"googleapis.com.", "pkg.dev.", "gcr.io."}
    for zone in zones:
        assert zone.inputs["visibility"] == "private"
        network = "projects/acme-ml/global/networks/tradewind-prod"
        assert zone.inputs["privateVisibilityConfig"] == {"networks": [{"networkUrl": network}]}
    records = {
        (it.inputs["name"], it.inputs["type"]): it.inputs["rrdatas"]
        for it in recorded.of("gcp:dns/recordSet:RecordSet")
    }
    assert records[("googleapis.com.", "A")] == [address]
    assert records[("*.googleapis.com.", "CNAME")] == ["googleapis.com."]
    assert records[("*.pkg.dev.", "CNAME")] == ["pkg.dev."]
    assert {"ground-api-dns", "ground-api-servicedirectory", "ground-api-compute"} <= {
        it.name for it in recorded.resources
    }


def test_without_private_endpoints_the_way_to_googles_addresses_stays() -> None:
    recorded = built(network={"private_endpoints": False})
    sound(recorded)
    way = one(recorded, "way-out").inputs
    assert (way["destRange"], way["nextHopGateway"]) == ("0.0.0.0/0", "default-internet-gateway")
    assert "RouterNat" not in kinds(recorded)
    assert not {"GlobalForwardingRule", "GlobalAddress", "ManagedZone", "RecordSet"} & set(kinds(recorded))
    assert "ground-api-dns" not in {it.name for it in recorded.resources}


def test_a_way_out_is_made_where_it_is_asked_for() -> None:
    recorded = built(network={"nat": True})
    sound(recorded)
    assert one(recorded, "network").inputs == one(built(network={}), "network").inputs  # it is not made anew for that
    assert one(recorded, "way-out").inputs["network"] == "projects/acme-ml/global/networks/tradewind-prod"
    nat = one(recorded, "nat").inputs
    assert (nat["natIpAllocateOption"], nat["router"]) == ("AUTO_ONLY", "tradewind-prod")


@pytest.mark.parametrize("network", ["shared", "projects/acme-ml/global/networks/shared"])
def test_one_that_was_there_is_given_by_its_full_name(network: str) -> None:
    recorded = built(existing={"network": network, "subnets": ["a"]}, network={})
    known = json.loads(recorded.outputs)["outputs"]
    assert known["network"] == "projects/acme-ml/global/networks/shared"
    assert known["subnets"] == "projects/acme-ml/regions/europe-west4/subnetworks/a"
    assert not [it for it in recorded.resources if it.type.startswith(("gcp:compute", "gcp:dns"))]
    assert not {"ground-api-compute", "ground-api-dns"} & {it.name for it in recorded.resources}


def test_nothing_of_it_has_a_public_address() -> None:
    for it in built(network={"nat": True}).resources:
        assert it.inputs.get("addressType", "INTERNAL") == "INTERNAL"
        assert kind_of(it) not in ("Address", "ForwardingRule")


PRIVATE = st.sampled_from(["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])


@given(PRIVATE, st.integers(16, 24), st.integers(0, 2**16))
def test_the_address_of_apis_is_outside_the_subnet(room: str, length: int, number: int) -> None:
    base = int(IPv4Address(room.partition("/")[0])) + (number << 8)
    cidr = f"{IPv4Address(base >> (32 - length) << (32 - length))}/{length}"
    said: dict[str, Any] = {"network": {"cidr": cidr}}
    try:
        asked = GcpFoundationArgs.model_validate(PLAIN | said).network
    except ValueError:
        return  # outside the private ranges
    assert asked is not None
    assert beside(asked) not in asked.cidr


def test_the_endpoints_name_keeps_two_long_ones_apart() -> None:
    names = {endpoint_name(f"a-very-long-name-of-{end}") for end in ("prod", "proa", "prob")}
    assert len(names) == 3
    assert all(len(it) == 20 and it.isalnum() for it in names)
