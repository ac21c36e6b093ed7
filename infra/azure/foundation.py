"""The ground on Azure as one component."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, cast

import pulumi
import pulumi_azure_native as azure

from tradewind.infra.agreeing import agreed
from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure import alarms, alerts, budget, identities, keys, logs, network, registry, storage, workspace
from tradewind.infra.azure.names import last
from tradewind.infra.azure.site import Site, Text
from tradewind.infra.made import Made

TYPE = "tradewind:azure:Foundation"
ALIASES: Mapping[str, Sequence[Any]] = {}  # short name now: what it was before, so that a rename replaces nothing


class AzureFoundation(pulumi.ComponentResource):
    """Resource group, workspace with its storage, vault, insights and registry, three identities; the rest where asked for.

    `today`: the month in which a new budget begins; nothing else depends on it.
    """

    made: Made

    def __init__(
        self,
        name: str,
        args: AzureFoundationArgs,
        opts: pulumi.ResourceOptions | None = None,
        *,
        aliases: Mapping[str, Sequence[Any]] = ALIASES,
        today: date | None = None,
    ) -> None:
        super().__init__(TYPE, name, None, opts)
        site = Site(name, args, self, _provider(self, name, args), aliases)
        site = replace(site, group=_group(site))
        self.made = _make(site, today or datetime.now(UTC).date())
        self.register_outputs(
            {"root": self.made.root, "region": self.made.region, "outputs": dict(self.made.outputs())}
        )


def _provider(parent: pulumi.Resource, name: str, args: AzureFoundationArgs) -> pulumi.ProviderResource | None:
    """None where options give one for Azure, or a parent has one: children inherit it."""
    if parent.get_provider("azure-native:resources:ResourceGroup"):
        return None
    made: pulumi.ProviderResource = azure.Provider(
        f"{name}-azure",
        subscription_id=args.subscription,
        location=args.region,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return made


def _subscription(site: Site) -> Text:
    """Of a program's own provider, which identifiers of what is made have to agree with."""
    if site.provider is not None:
        return pulumi.Output.from_input(site.args.subscription)
    there = azure.authorization.get_client_config_output(opts=site.asking()).subscription_id
    return agreed("subscription", site.args.subscription, there)


def _group(site: Site) -> Text:
    if site.args.existing.resource_group:
        return pulumi.Output.from_input(last(site.args.existing.resource_group))
    made = azure.resources.ResourceGroup(
        site.child("group"),
        resource_group_name=site.slug,
        location=site.args.region,
        tags=site.tags,
        opts=site.opts("group"),
    )
    return cast(Text, made.name)


def _make(site: Site, today: date) -> Made:
    args = site.args
    who = identities.make(site)
    site = replace(site, seed=identities.seed(who))
    vault, made_vault = keys.vault(site)
    key = keys.own(site, made_vault, vault)
    store = storage.make(site, key)
    images, server = registry.registry(site, key)
    kept = logs.logs(site)
    first: pulumi.Resource | None = None
    if args.existing.workspace:
        place = site.id_of("Microsoft.MachineLearningServices/workspaces", args.existing.workspace)
    else:
        seen, first = logs.insights(site, kept)
        place = workspace.workspace(site, key, workspace.Under(store.account_id, vault, seen, images))
        if kept:
            logs.kept(site, "workspace", place, kept, logs.OF_WORKSPACE, first)
    if made_vault and kept:
        logs.kept(site, "vault", vault, kept, logs.OF_VAULT, first)
    identities.allow(site, who, identities.Places(place, store.container_id, images, vault, who["runtime"].id))
    net = network.make(site)
    blob = {"blob": store.account_id, "file": store.account_id}
    found = network.private(site, net, {**blob, "vault": vault, "registry": images, "amlworkspace": place})
    told = alerts.group(site)
    budget.budget(site, told, today)
    alarms.watch(site, told, place, kept)
    prefix = args.prefix.strip("/")
    top = pulumi.Output.concat("az://", store.container, "@", store.account)
    made = Made(
        root=pulumi.Output.concat(top, "/", prefix) if prefix else top,
        region=pulumi.Output.from_input(args.region),
        planner=who["planner"].id,
        deployer=who["deployer"].id,
        runtime=who["runtime"].id,
        network=net.network if net else None,
        subnets=pulumi.Output.all(*net.subnets).apply(lambda them: ",".join(them)) if net and net.subnets else None,
        kms_key=key.uri if key else None,
        registry=server,
        workspace=place.apply(last),
        resource_group=site.group,
        storage_account=store.account,
        alerts=told,
        subscription=_subscription(site),
    )
    storage.publish(site, store, made.document(), found.get("blob", ()))
    return made
