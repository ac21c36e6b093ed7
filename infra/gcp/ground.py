"""What every part of a foundation on Google Cloud shares: names, labels, and options of its resources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi

from tradewind.infra.arguments import GcpFoundationArgs
from tradewind.providers.gcp import names


def cut(text: str, limit: int) -> str:
    """The text; where it is too long, its beginning with a hash of the whole, so that no two become one."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 7].rstrip('-_')}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def labels(args: GcpFoundationArgs) -> dict[str, str]:
    """Tags in the spelling of labels, with our own. ValueError where two would become one."""
    ours = {"tradewind-environment": args.environment, "tradewind-name": args.name, "managed-by": "tradewind-infra"}
    made = names.labels(args.tags)
    if len(made) < len(args.tags):
        raise ValueError(f"tags: two become one label of {', '.join(sorted(made))}")
    if taken := sorted(made.keys() & ours.keys()):
        raise ValueError(f"tags: {', '.join(taken)} is tradewind's own label")
    if len(made) + len(ours) > names.LABELS:
        raise ValueError(f"tags: Google takes {names.LABELS} labels, and {len(ours)} are tradewind's own")
    return made | ours


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

    def under(self, *parts: str) -> str:
        """A path in the bucket, below the prefix."""
        return "/".join(filter(None, (self.args.prefix.strip("/"), *parts)))

    def opts(self, short: str, *, protect: bool | None = None, depends: Sequence[Any] = ()) -> pulumi.ResourceOptions:
        """`aliases` by short name: what a resource was called before, so that a renamed one is not replaced."""
        return pulumi.ResourceOptions(
            parent=self.parent,
            protect=protect,
            aliases=list(self.aliases.get(short, ())),
            depends_on=[*self.depends, *depends],
        )
