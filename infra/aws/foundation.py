"""The ground on AWS as one component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from tradewind.infra import layout
from tradewind.infra.agreeing import agreed
from tradewind.infra.arguments import AwsFoundationArgs
from tradewind.infra.aws import alarms, alerts, identities, keys, logs, network, registry, storage
from tradewind.infra.aws.ground import Ground
from tradewind.infra.made import Made

ALIASES: Mapping[str, Sequence[Any]] = {}  # short name now: what it was before, so that a rename replaces nothing


class AwsFoundation(pulumi.ComponentResource):
    """What AWS cannot have is refused by the arguments; what only the account knows, by pulumi.RunError."""

    made: Made

    def __init__(
        self,
        name: str,
        args: AwsFoundationArgs,
        opts: pulumi.ResourceOptions | None = None,
        aliases: Mapping[str, Sequence[Any]] = ALIASES,
    ) -> None:
        super().__init__("tradewind:aws:Foundation", name, None, opts)
        provider = _provider(self, name, args)
        calling = pulumi.InvokeOptions(parent=self, provider=provider)
        ground = Ground(
            name=name,
            args=args,
            account=aws.get_caller_identity_output(opts=calling).account_id,
            partition=aws.get_partition_output(opts=calling).partition,
            parent=self,
            provider=provider,
            aliases=aliases,
        )
        key = keys.key(ground)
        bucket, ready = storage.bucket(ground, key)
        roles = identities.identities(ground, bucket, key)
        wired = network.network(ground, key)
        told = alerts.topic(ground, key)
        alerts.budget(ground, told)
        alarms.watch(ground, told.topic)
        logs.groups(ground, key)
        under = layout.below(args)
        self.made = Made(
            root=bucket.apply(lambda it: f"s3://{it}/{under}".rstrip("/")),
            region=_region(args, calling),
            planner=roles["planner"],
            deployer=roles["deployer"],
            runtime=roles["runtime"],
            network=wired.network,
            subnets=wired.subnets,
            security_groups=wired.security_groups,
            kms_key=key,
            registry=registry.registry(ground, key),
            alerts=told.topic,
        )
        storage.publish(ground, bucket, self.made.document(), ready)
        self.register_outputs({"root": self.made.root, "region": self.made.region, **self.made.outputs()})


def _region(args: AwsFoundationArgs, calling: pulumi.InvokeOptions) -> pulumi.Output[str]:
    """Of a program's own provider, which names of endpoints, alarms and principals have to agree with."""
    if calling.provider is not None:
        return pulumi.Output.from_input(args.region)
    return agreed("region", args.region, aws.get_region_output(opts=calling).region)


def _provider(component: pulumi.Resource, name: str, args: AwsFoundationArgs) -> pulumi.ProviderResource | None:
    """For the region; None where options give one for AWS, or a parent has one, which children inherit."""
    if component.get_provider("aws:s3/bucket:Bucket"):
        return None
    made: pulumi.ProviderResource = aws.Provider(f"{name}-aws", region=args.region)
    return made
