"""In which zones the subnets stand: those of the region's own in which every private address can be had.

A service's addresses are not in all zones ("Create a VPC endpoint": one in another zone's subnet is refused), and the names of
zones are each account's own, so that only the account can tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground


def chosen(ground: Ground, count: int, services: Sequence[str]) -> pulumi.Output[list[str]]:
    """`count` names; `services` by the names of their endpoints. Raises pulumi.RunError, in the preview, for too few."""
    # Local zones must be opted into, and SageMaker has nothing there.
    known = aws.get_availability_zones_output(
        state="available",
        filters=[{"name": "opt-in-status", "values": ["opt-in-not-required"]}],
        opts=ground.calling,
    )
    found = [aws.ec2.get_vpc_endpoint_service_output(service_name=it, opts=ground.calling) for it in services]

    every = pulumi.Output.all(known.names, *[it.availability_zones for it in found])
    names: pulumi.Output[list[str]] = every.apply(lambda each: first(count, each, ground.args.region))
    return names


def first(count: int, each: Sequence[Sequence[str]], region: str) -> list[str]:
    names = shared(each)
    if len(names) < count:
        every = " in which every private endpoint can be had" if len(each) > 1 else ""
        raise pulumi.RunError(f"network.zones: {count} are asked; {region} has {len(names)} for this account{every}")
    return names[:count]


def shared(each: Sequence[Sequence[str]]) -> list[str]:
    """What is in all of them, in order."""
    return sorted(set(each[0]).intersection(*each[1:]))
