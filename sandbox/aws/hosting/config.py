"""Endpoint configurations: CreateEndpointConfig and what is told about them. Times are epoch seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.hosting import config_rules
from tradewind.sandbox.aws.hosting.model import Models
from tradewind.sandbox.aws.listing import Listing
from tradewind.sandbox.aws.shelf import Shelf
from tradewind.sandbox.aws.tags import Marks, told
from tradewind.sandbox.aws.validation import model as service_model

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Config:
    region: str
    name: str
    request: Said
    created: float
    tags: Marks = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return arn(self.region, self.name)

    @property
    def variants(self) -> Sequence[Said]:
        return [{"InitialVariantWeight": 1.0, **variant} for variant in self.request["ProductionVariants"]]

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def described(self) -> dict[str, Any]:
        shown = service_model().operation_model("DescribeEndpointConfig").output_shape.members
        said = {name: value for name, value in self.request.items() if name in shown}
        return {"EnableNetworkIsolation": False, **said, "ProductionVariants": list(self.variants), **self.summary()}

    def summary(self) -> dict[str, Any]:
        return {"EndpointConfigName": self.name, "EndpointConfigArn": self.arn, "CreationTime": self.created}


LISTING: Listing[Config] = Listing(rows="EndpointConfigs", order="Descending")


class Configs:
    """`operations` are those of the service that are emulated, by name."""

    def __init__(self, shelf: Shelf[Config], models: Models) -> None:
        self._shelf = shelf
        self._models = models
        self.operations = {
            "CreateEndpointConfig": self._create,
            "DescribeEndpointConfig": self._describe,
            "ListEndpointConfigs": self._list,
            "DeleteEndpointConfig": self._delete,
        }

    def need(self, region: str, name: str) -> Config:
        found = self._shelf.get(region, name)
        if found is None:
            raise invalid(f'Could not find endpoint configuration "{arn(region, name)}".')
        return found

    def tags(self, region: str, name: str, how: Callable[[Marks], Marks]) -> Marks | None:
        found = self._shelf.change(region, name, lambda one: replace(one, tags=how(one.tags)))
        return None if found is None else found.tags

    def _create(self, said: Said, region: str) -> Said:
        config_rules.check(said)
        request = {key: value for key, value in said.items() if key != "Tags"}
        made = Config(region, said["EndpointConfigName"], request, time.time(), told(said))
        if self._shelf.get(region, made.name) is None:
            for variant in said["ProductionVariants"]:
                self._models.need(region, variant["ModelName"])
            config_rules.check_account(said, region)
            if self._shelf.add(made) is None:
                return {"EndpointConfigArn": made.arn}
        raise invalid(f'Cannot create already existing endpoint configuration "{made.arn}".')

    def _describe(self, said: Said, region: str) -> Said:
        return self.need(region, said["EndpointConfigName"]).described()

    def _list(self, said: Said, region: str) -> Said:
        return LISTING.page(self._shelf.all(region), said)

    def _delete(self, said: Said, region: str) -> Said:
        """Also of one in use: the service warns of it and does it."""
        if not self._shelf.remove(region, said["EndpointConfigName"]):
            raise invalid(f'Could not find endpoint configuration "{arn(region, said["EndpointConfigName"])}".')
        return {}


def arn(region: str, name: str) -> str:
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:endpoint-config/{name}"
