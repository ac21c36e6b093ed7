"""What every part of a foundation on Google Cloud shares: names, labels, and options of its resources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.infra.gcp import limits
from tradewind.providers.gcp import names


def cut(text: str, limit: int) -> str:
    """The text; where it is too long, its beginning with a hash of the whole, so that no two become one."""
    return text if len(text) <= limit else f"{text[: limit - 7].rstrip('-_')}-{mark(text)}"


def mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def labels(args: GcpFoundationArgs) -> dict[str, str]:
    """Tags in the spelling of labels, with our own (`limits.OURS`)."""
    ours = dict(zip(limits.OURS, (args.environment, args.name, "tradewind-infra"), strict=True))
    return names.labels(args.tags) | ours


@dataclass(frozen=True)
class Ground:
    """`name` is the component's: what logical names begin with. `depends` are the APIs that must be on before."""

    name: str
    args: GcpFoundationArgs
    parent: pulumi.Resource
    aliases: Mapping[str, Sequence[Any]]
    depends: tuple[pulumi.Resource, ...] = ()

    def logical(self, short: str) -> str:
        return f"{self.name}-{short}"

    def title(self, *words: str) -> str:
        return "-".join((self.args.name, self.args.environment, *words))

    @property
    def labels(self) -> dict[str, str]:
        return labels(self.args)

    def opts(
        self, short: str, *, protect: bool | None = None, depends: Sequence[Any] = (), kept: Sequence[str] = ()
    ) -> pulumi.ResourceOptions:
        """`aliases` by short name: what a resource was called before, so that a renamed one is not replaced. `kept`: inputs that
        stay as they were when it was made."""
        return pulumi.ResourceOptions(
            parent=self.parent,
            protect=protect,
            aliases=list(self.aliases.get(short, ())),
            depends_on=[*self.depends, *depends],
            ignore_changes=list(kept) or None,
        )

    def asked(self) -> pulumi.InvokeOutputOptions:
        """For a look-up by the component's provider, once the APIs are on."""
        return pulumi.InvokeOutputOptions(parent=self.parent, depends_on=list(self.depends))
