"""What a foundation gives to those who stand on it: the same typed outputs on every cloud, and foundation.json of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

import pulumi

Text = pulumi.Output[str]
SCHEMA = "tradewind/foundation/1"


@dataclass(frozen=True)
class Made:
    """Outputs by the names that providers read in `values.Foundation.outputs`; None is what this cloud or request has not.

    Lists are joined by commas. Nothing here is secret: it is published as a file.
    """

    root: Text  # s3://bucket/prefix, gs://..., az://..., file:///...
    region: Text
    planner: Text | None = None
    deployer: Text | None = None
    runtime: Text | None = None
    network: Text | None = None
    subnets: Text | None = None
    security_groups: Text | None = None
    kms_key: Text | None = None
    registry: Text | None = None
    workspace: Text | None = None
    resource_group: Text | None = None
    storage_account: Text | None = None
    alerts: Text | None = None
    project: Text | None = None  # Google's; Azure's subscription is `subscription`
    subscription: Text | None = None

    def outputs(self) -> Mapping[str, Text]:
        """Everything but where it is."""
        apart = {"root", "region"}
        named = {it.name: getattr(self, it.name) for it in fields(self) if it.name not in apart}
        return {name: value for name, value in named.items() if value is not None}

    def document(self) -> Text:
        """foundation.json, which `foundation: {file: ...}` reads."""

        def written(known: dict[str, object]) -> str:
            return json.dumps({"schema": SCHEMA, **known}, indent=2, sort_keys=True) + "\n"

        whole = pulumi.Output.all(
            root=self.root, region=self.region, outputs=pulumi.Output.from_input(dict(self.outputs()))
        )
        return whole.apply(written)

    def export(self) -> None:
        """As outputs of the stack: `root`, `region`, `outputs`."""
        pulumi.export("root", self.root)
        pulumi.export("region", self.region)
        pulumi.export("outputs", dict(self.outputs()))
