"""What every part of a foundation on Azure shares: the arguments, the group, tags and the options of a child."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.infra.azure.names import fresh, group_of, last
from tradewind.providers.azure import tags as azure_tags

Text = pulumi.Output[str]

# "Use tags to organize your Azure resources": zones take no spaces, parentheses, special characters or a digit first.
_OF_A_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Site:
    """`aliases` by short name: what a resource was called before, so that a renamed one is not replaced."""

    name: str
    args: AzureFoundationArgs
    parent: pulumi.Resource
    provider: pulumi.ProviderResource | None = None  # None: the parent's own
    aliases: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    group: Any = None  # the group's name, an output; made after the site is known
    seed: Text | None = None  # of names that a deleted thing keeps, an output; None where no identity is made

    def opts(self, short: str, **more: Any) -> pulumi.ResourceOptions:
        before = list(self.aliases.get(short, ()))
        return pulumi.ResourceOptions(parent=self.parent, provider=self.provider, aliases=before, **more)

    def asking(self) -> pulumi.InvokeOptions:
        return pulumi.InvokeOptions(parent=self.parent, provider=self.provider)

    def child(self, short: str) -> str:
        return f"{self.name}-{short}"

    @property
    def slug(self) -> str:
        return f"{self.args.name}-{self.args.environment}"

    @property
    def unique(self) -> tuple[str, str, str]:
        return self.args.subscription, self.args.name, self.args.environment

    def fresh(self, text: str, limit: int) -> Text:
        """A name that nothing deleted has."""
        return pulumi.Output.from_input(self.seed or "").apply(lambda seed: fresh(text, limit, seed))

    @property
    def tags(self) -> dict[str, str]:
        own = {
            "tradewind-environment": self.args.environment,
            "tradewind-name": self.args.name,
            "managed-by": "tradewind-infra",
        }
        return {**azure_tags.written(self.args.tags), **own}

    @property
    def zone_tags(self) -> dict[str, str]:
        """Those that a DNS zone takes."""
        return {name: value for name, value in self.tags.items() if _OF_A_ZONE.fullmatch(name)}

    @property
    def private(self) -> bool:
        """The services are reached by private addresses alone, also by whoever runs `up` and `deploy`."""
        return self.args.network is not None and self.args.network.private_endpoints

    @property
    def public_access(self) -> str:
        return "Disabled" if self.private else "Enabled"

    @property
    def scope(self) -> Text:
        """Identifier of the resource group."""
        return pulumi.Output.concat("/subscriptions/", self.args.subscription, "/resourceGroups/", self.group)

    def id_of(self, kind: str, said: str) -> Text:
        """Of what is there already: a whole identifier stays, a name is one of our group."""
        if said.startswith("/"):
            return pulumi.Output.from_input(said)
        return pulumi.Output.concat(self.scope, "/providers/", kind, "/", said)

    def abroad(self, said: str | None) -> bool:
        """It is in another group than ours, where our group's roles do not reach."""
        ours = f"/subscriptions/{self.args.subscription}/resourceGroups/{last(self.args.existing.resource_group or self.slug)}"
        theirs = group_of(said or "")
        return bool(theirs) and theirs.lower() != ours.lower()
