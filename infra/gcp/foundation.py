"""The whole ground on Google Cloud, as one component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_gcp as gcp

from tradewind.infra import layout
from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp import alerts, apis, budget, github, identities, keys, logs, network, registry, storage
from tradewind.infra.gcp.ground import Ground
from tradewind.infra.made import Made

# What resources were called in earlier versions, by their short names now.
RENAMED: Mapping[str, Sequence[Any]] = {}


class GcpFoundation(pulumi.ComponentResource):
    """`made` is what others stand on."""

    made: Made

    def __init__(
        self,
        name: str,
        args: GcpFoundationArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        renamed: Mapping[str, Sequence[Any]] = RENAMED,
    ) -> None:
        super().__init__("tradewind:gcp:Foundation", name, None, _provided(name, args, opts))
        ground = Ground(name, args, self, renamed)
        ground = replace(ground, depends=apis.make(ground))
        self.made = _make(ground)
        self.register_outputs({"root": self.made.root, "region": self.made.region, **self.made.outputs()})


def _provided(name: str, args: GcpFoundationArgs, opts: pulumi.ResourceOptions | None) -> pulumi.ResourceOptions:
    """With a provider for the project and region, where the program gives none of its own."""
    said = opts or pulumi.ResourceOptions()
    if any(it.package == "gcp" for it in _given(said)):
        return said
    if said.parent is not None and said.parent.get_provider("gcp:storage/bucket:Bucket") is not None:
        return said
    # Budgets and quotas count for the caller's project unless this is said.
    own = gcp.Provider(
        f"{name}-google",
        project=args.project,
        region=args.region,
        billing_project=args.project,
        user_project_override=True,
    )
    return pulumi.ResourceOptions.merge(said, pulumi.ResourceOptions(providers={"gcp": own}))


def _given(said: pulumi.ResourceOptions) -> list[pulumi.ProviderResource]:
    """All that the options give, also for other clouds."""
    several = said.providers or ()
    if isinstance(several, pulumi.ProviderResource):
        several = (several,)
    every = several.values() if isinstance(several, Mapping) else several
    return [*every, *([said.provider] if said.provider is not None else [])]


def _make(ground: Ground) -> Made:
    args = ground.args
    key = keys.make(ground)
    bucket = storage.bucket(ground, key)
    images = registry.make(ground, key)
    accounts = identities.make(ground)
    identities.bind(ground, accounts, identities.Places(bucket, images))
    github.make(ground, accounts)
    net = network.make(ground)
    logs.make(ground, accounts, key)
    told = alerts.channels(ground)
    alerts.watch(ground, told)
    budget.make(ground, told)
    made = Made(
        root=pulumi.Output.concat("gs://", bucket, f"/{layout.below(args)}".rstrip("/")),
        region=_text(args.region),
        planner=_text(accounts["planner"].mail),
        deployer=_text(accounts["deployer"].mail),
        runtime=_text(accounts["runtime"].mail),
        network=_text(net.network) if net.network is not None else None,
        subnets=pulumi.Output.all(*net.subnets).apply(",".join) if net.subnets else None,
        kms_key=_text(key.id) if key else None,
        registry=_text(images.address),
        alerts=pulumi.Output.all(*told).apply(",".join) if told else None,
        project=_text(args.project),
    )
    storage.publish(ground, bucket, made)
    return made


def _text(value: Any) -> pulumi.Output[str]:
    return pulumi.Output.from_input(value)
