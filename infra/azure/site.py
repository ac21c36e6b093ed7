"""What every part needs to know: the arguments, the group, tags and the options of a child."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from tradewind.infra.arguments import AzureFoundationArgs
from tradewind.providers.azure import tags as azure_tags

Text = pulumi.Output[str]


@dataclass(frozen=True)
class Site:
    name: str
    args: AzureFoundationArgs
    parent: pulumi.Resource
    provider: pulumi.ProviderResource | None = None  # None: the parent's own
    group: Any = None  # the group's name, an output; made after the site is known

    def opts(self, **more: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self.parent, provider=self.provider, **more)

    def child(self, short: str) -> str:
        return f"{self.name}-{short}"

    @property
    def slug(self) -> str:
        return f"{self.args.name}-{self.args.environment}"

    @property
    def unique(self) -> tuple[str, str, str]:
        return self.args.subscription, self.args.name, self.args.environment

    @property
    def tags(self) -> dict[str, str]:
        own = {
            "tradewind-environment": self.args.environment,
            "tradewind-name": self.args.name,
            "managed-by": "tradewind-infra",
        }
        return {**azure_tags.written(self.args.tags), **own}

    @property
    def private(self) -> bool:
        """The services are reached by private addresses alone."""
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


def last(identifier: str) -> str:
    """The name in an identifier; a name is its own."""
    return identifier.rstrip("/").rpartition("/")[2]


def group_of(identifier: str) -> str | None:
    """The resource group in an identifier; None for a mere name."""
    parts = identifier.split("/")
    return parts[4] if len(parts) > 4 and parts[3].lower() == "resourcegroups" else None
