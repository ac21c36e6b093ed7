"""What every part of a foundation on AWS shares: names, tags, and options of its resources."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi

from tradewind.infra.arguments import AwsFoundationArgs

OBJECT_TAGS = 10  # "Categorizing your objects using tags" (S3)


def cut(text: str, limit: int) -> str:
    """The text; where it is too long, its beginning with a hash of the whole, so that no two become one."""
    if len(text) <= limit:
        return text
    return f"{text[: limit - 7].rstrip('-')}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


@dataclass(frozen=True)
class Ground:
    """`name` is the component's: what logical names begin with. `aliases` by short name: what a resource was called before."""

    name: str
    args: AwsFoundationArgs
    account: pulumi.Output[str]
    partition: pulumi.Output[str]
    parent: pulumi.Resource
    provider: pulumi.ProviderResource | None = None  # where the parent has none to inherit
    aliases: Mapping[str, Sequence[Any]] = field(default_factory=dict)

    def logical(self, short: str) -> str:
        return f"{self.name}-{short}"

    def title(self, *words: str) -> str:
        return "-".join((self.args.name, self.args.environment, *words))

    @property
    def tags(self) -> dict[str, str]:
        ours = {
            "tradewind-environment": self.args.environment,
            "tradewind-name": self.args.name,
            "managed-by": "tradewind-infra",
        }
        return self.args.tags | ours

    @property
    def few_tags(self) -> dict[str, str]:
        """Of an object in S3, which takes ten: ours, and as many others as there is room for."""
        ours_first = sorted(self.tags.items(), key=lambda it: it[0] in self.args.tags)
        return dict(ours_first[:OBJECT_TAGS])

    def named(self, *words: str) -> dict[str, str]:
        """Tags with a `Name`, which is all that the console shows of a network's parts."""
        return self.tags | {"Name": self.title(*words)}

    def opts(
        self, short: str, *, protect: bool | None = None, depends: Sequence[Any] = (), kept: Sequence[str] = ()
    ) -> pulumi.ResourceOptions:
        """`kept`: properties that stay as they were made."""
        return pulumi.ResourceOptions(
            parent=self.parent,
            provider=self.provider,
            protect=protect,
            aliases=list(self.aliases.get(short, ())),
            depends_on=list(depends),
            ignore_changes=list(kept),
        )

    @property
    def calling(self) -> pulumi.InvokeOptions:
        return pulumi.InvokeOptions(parent=self.parent, provider=self.provider)
