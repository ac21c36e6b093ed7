"""Zones on AWS: the region's own that all private addresses can be had in; too few is told before anything is made."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from tests.infra.aws.founding import CALLS, found
from tradewind.infra.aws.zones import first, shared

SERVICE = "aws:ec2/getVpcEndpointService:getVpcEndpointService"


def at(asked: dict[str, Any], having: list[str]) -> list[str]:
    recorded = found(calls={**CALLS, SERVICE: {"availabilityZones": having}}, network=asked)
    return [it.inputs["availabilityZone"] for it in recorded.of("aws:ec2/subnet:Subnet")]


def test_a_zone_without_a_service_is_passed_over() -> None:
    assert at({}, ["eu-west-1a", "eu-west-1c"]) == ["eu-west-1a", "eu-west-1c"]
    assert at({"nat": True}, ["eu-west-1b", "eu-west-1c"]) == ["eu-west-1b", "eu-west-1c", "eu-west-1b"]


def test_without_private_addresses_every_zone_will_do() -> None:
    assert at({"private_endpoints": False}, []) == ["eu-west-1a", "eu-west-1b"]


def test_too_few_are_told() -> None:
    with pytest.raises(pulumi.RunError, match=r"network.zones: 3 are asked; eu-west-1 has 1 .* private endpoint"):
        first(3, [["eu-west-1a", "eu-west-1b"], ["eu-west-1b"]], "eu-west-1")


def test_what_all_have() -> None:
    assert shared([["b", "a", "c"]]) == ["a", "b", "c"]
    assert shared([["a", "b", "c"], ["c", "b"], ["b", "c", "d"]]) == ["b", "c"]
