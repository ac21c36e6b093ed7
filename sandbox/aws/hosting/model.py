"""Models: CreateModel and what is told about them. Times are epoch seconds."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from tradewind.sandbox.aws.account import ACCOUNT, Account
from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.hosting import model_rules
from tradewind.sandbox.aws.listing import Listing
from tradewind.sandbox.aws.shelf import Shelf
from tradewind.sandbox.aws.tags import Marks, told
from tradewind.sandbox.aws.validation import model as service_model

Said = Mapping[str, Any]


@dataclass(frozen=True)
class Model:
    region: str
    name: str
    request: Said
    created: float
    tags: Marks = field(default_factory=dict)

    @property
    def arn(self) -> str:
        return arn(self.region, self.name)

    @property
    def container(self) -> Said:
        return model_rules.containers(self.request)[0]

    def record(self) -> dict[str, Any]:
        return asdict(self)

    def described(self) -> dict[str, Any]:
        shown = service_model().operation_model("DescribeModel").output_shape.members
        said = {name: value for name, value in self.request.items() if name in shown}
        if "PrimaryContainer" in said:
            said["PrimaryContainer"] = _container(said["PrimaryContainer"])
        if "Containers" in said:
            said["Containers"] = [_container(one) for one in said["Containers"]]
        return {"EnableNetworkIsolation": False, **said, **self.summary()}

    def summary(self) -> dict[str, Any]:
        return {"ModelName": self.name, "ModelArn": self.arn, "CreationTime": self.created}


LISTING: Listing[Model] = Listing(rows="Models", order="Descending")


class Models:
    """`operations` are those of the service that are emulated, by name."""

    def __init__(self, shelf: Shelf[Model], account: Account) -> None:
        self._shelf = shelf
        self._account = account
        self.operations = {
            "CreateModel": self._create,
            "DescribeModel": self._describe,
            "ListModels": self._list,
            "DeleteModel": self._delete,
        }

    def need(self, region: str, name: str) -> Model:
        found = self._shelf.get(region, name)
        if found is None:
            raise invalid(f'Could not find model "{arn(region, name)}".')
        return found

    def tags(self, region: str, name: str, how: Callable[[Marks], Marks]) -> Marks | None:
        found = self._shelf.change(region, name, lambda one: replace(one, tags=how(one.tags)))
        return None if found is None else found.tags

    def _create(self, said: Said, region: str) -> Said:
        model_rules.check(said)
        request = {key: value for key, value in said.items() if key != "Tags"}
        made = Model(region, said["ModelName"], request, time.time(), told(said))
        if self._shelf.get(region, made.name) is None:
            model_rules.check_account(said, self._account, region)
            if self._shelf.add(made) is None:
                return {"ModelArn": made.arn}
        raise invalid(f'Cannot create already existing model "{made.arn}".')

    def _describe(self, said: Said, region: str) -> Said:
        return self.need(region, said["ModelName"]).described()

    def _list(self, said: Said, region: str) -> Said:
        return LISTING.page(self._shelf.all(region), said)

    def _delete(self, said: Said, region: str) -> Said:
        if not self._shelf.remove(region, said["ModelName"]):
            raise invalid(f'Could not find model "{arn(region, said["ModelName"])}".')
        return {}


def arn(region: str, name: str) -> str:
    return f"arn:aws:sagemaker:{region}:{ACCOUNT}:model/{name}"


def _container(said: Said) -> Said:
    return {"Mode": "SingleModel", **said}
