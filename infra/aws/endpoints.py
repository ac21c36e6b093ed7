"""AWS's services by private addresses: S3 by a route, which costs nothing, others by an address in each subnet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi_aws as aws

from tradewind.infra.aws.ground import Ground

SERVICES = (
    "sagemaker.api",
    "sagemaker.runtime",
    "logs",
    "monitoring",
    "sts",
    "ecr.api",
    "ecr.dkr",
    "secretsmanager",
    "ssm",
)


def gateway(ground: Ground, vpc: Any, routes: Any) -> None:
    """S3, of which layers of images are read as well."""
    aws.ec2.VpcEndpoint(
        ground.logical("endpoint-s3"),
        vpc_id=vpc.id,
        service_name=_service(ground, "s3"),
        vpc_endpoint_type="Gateway",
        route_table_ids=[routes.id],
        tags=ground.named("s3"),
        opts=ground.opts("endpoint-s3"),
    )


def addresses(ground: Ground, own_key: bool) -> Mapping[str, str]:
    """Of those by an address: endpoints' names by short ones."""
    return {it: _service(ground, it) for it in (*SERVICES, *(("kms",) if own_key else ()))}


def interfaces(ground: Ground, vpc: Any, subnets: Sequence[Any], containers: Any, services: Mapping[str, str]) -> None:
    """Each costs by the hour and by the subnet, also where nothing runs. Only containers may talk to them."""
    group = aws.ec2.SecurityGroup(
        ground.logical("endpoints"),
        name=f"endpoints-{ground.title()}",  # never "sg-...", which AWS keeps for itself
        description=f"tradewind: private addresses of services for {ground.title()}",
        vpc_id=vpc.id,
        tags=ground.named("endpoints"),
        opts=ground.opts("endpoints"),
    )
    aws.vpc.SecurityGroupIngressRule(
        ground.logical("endpoints-in"),
        security_group_id=group.id,
        referenced_security_group_id=containers.id,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=ground.tags,
        opts=ground.opts("endpoints-in"),
    )
    for service, name in services.items():
        short = f"endpoint-{service.replace('.', '-')}"
        aws.ec2.VpcEndpoint(
            ground.logical(short),
            vpc_id=vpc.id,
            service_name=name,
            vpc_endpoint_type="Interface",
            private_dns_enabled=True,
            subnet_ids=[it.id for it in subnets],
            security_group_ids=[group.id],
            tags=ground.named(service),
            opts=ground.opts(short),
        )


def _service(ground: Ground, service: str) -> str:
    return f"com.amazonaws.{ground.args.region}.{service}"
