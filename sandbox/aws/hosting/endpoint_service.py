"""SageMaker's operations on endpoints: what they refuse, what they keep, and which course they set."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from tradewind.sandbox.aws.faults import ServiceError, invalid
from tradewind.sandbox.aws.hosting import deployment_rules
from tradewind.sandbox.aws.hosting.config import Configs
from tradewind.sandbox.aws.hosting.describe import described
from tradewind.sandbox.aws.hosting.endpoint import Endpoint, Pending, Plan, Size, arn, planned
from tradewind.sandbox.aws.hosting.model import Models
from tradewind.sandbox.aws.hosting.stage import Stage
from tradewind.sandbox.aws.hosting.usage import Usage
from tradewind.sandbox.aws.hosting.watch import Alarms, names
from tradewind.sandbox.aws.listing import Listing, epoch
from tradewind.sandbox.aws.shelf import Shelf
from tradewind.sandbox.aws.tags import Marks, told

Said = Mapping[str, Any]
CAPTURE = "DataCaptureConfig"
RETAINED = {"DesiredInstanceCount": "count", "DesiredWeight": "weight"}

LISTING: Listing[Endpoint] = Listing(
    rows="Endpoints",
    order="Descending",
    orders={"Status": lambda one: one.status},
    tests={
        "StatusEquals": lambda one, status: one.status == status,
        "LastModifiedTimeAfter": lambda one, moment: one.modified > epoch(moment),
        "LastModifiedTimeBefore": lambda one, moment: one.modified < epoch(moment),
    },
)


class Stages(Protocol):
    """Who runs the endpoints."""

    def stage(self, region: str, name: str) -> Stage | None: ...

    def set_out(self, region: str, name: str, way: str) -> None: ...


@dataclass(frozen=True)
class Endpoints:
    """`operations` are those of the service that are emulated, by name."""

    shelf: Shelf[Endpoint]
    models: Models
    configs: Configs
    stages: Stages
    alarms: Alarms
    usage: Usage

    @property
    def operations(self) -> Mapping[str, Callable[[Said, str], Said]]:
        return {
            "CreateEndpoint": self._create,
            "DescribeEndpoint": self._describe,
            "ListEndpoints": self._list,
            "UpdateEndpoint": self._update,
            "UpdateEndpointWeightsAndCapacities": self._weigh,
            "DeleteEndpoint": self._delete,
        }

    def tags(self, region: str, name: str, how: Callable[[Marks], Marks]) -> Marks | None:
        found = self.shelf.change(region, name, lambda one: replace(one, tags=how(one.tags)))
        return None if found is None else found.tags

    def resize(self, region: str, name: str, sizes: Mapping[str, Mapping[str, Any]]) -> None:
        """New weights or counts by variant. Raises ServiceError."""
        now = time.time()

        def resized(one: Endpoint) -> Endpoint:
            _still(one)
            if one.plan is None or one.status != "InService":
                raise invalid(f'Cannot update endpoint "{one.arn}" in status {one.status}.')
            if strange := sorted(set(sizes) - set(one.sizes)):
                raise invalid(f'Could not find variant(s) {", ".join(strange)} of endpoint "{one.arn}".')
            wanted = {variant: replace(size, **sizes.get(variant, {})) for variant, size in one.sizes.items()}
            if not any(size.weight > 0 for size in wanted.values()):
                raise invalid("At least one production variant must have a weight greater than 0.")
            self.usage.check_more(region, one.plan, one.sizes, wanted)
            pending = Pending(one.plan, wanted, {}, now)
            return replace(one, pending=pending).stands("Updating", now)

        if self.shelf.change(region, name, resized) is None:
            raise _missing(region, name)
        self.stages.set_out(region, name, "resize")

    def _create(self, said: Said, region: str) -> Said:
        name, now = said["EndpointName"], time.time()
        deployment = said.get("DeploymentConfig") or {}
        self._check(deployment, region)
        if (there := self.shelf.get(region, name)) is None:
            plan = self._planned(region, said["EndpointConfigName"])
            self.usage.check_new(region, plan.variants, plan.sizes())
            pending = Pending(plan, plan.sizes(), {}, now)
            made = Endpoint(region, name, now, now, told(said), deployment=deployment, pending=pending)
            there = self.shelf.add(made)
            if there is None:
                self.stages.set_out(region, name, "create")
                return {"EndpointArn": made.arn}
        raise invalid(f'Cannot create already existing endpoint "{there.arn}".')

    def _describe(self, said: Said, region: str) -> Said:
        one = self._need(region, said["EndpointName"])
        return described(one, self.stages.stage(region, one.name))

    def _list(self, said: Said, region: str) -> Said:
        return LISTING.page(self.shelf.all(region), said)

    def _update(self, said: Said, region: str) -> Said:
        now, name = time.time(), said["EndpointName"]
        one = self._need(region, name)
        _still(one)
        self._check(said.get("DeploymentConfig") or {}, region)
        plan = self._planned(region, said["EndpointConfigName"])

        def updated(one: Endpoint) -> Endpoint:
            _still(one)
            if one.plan is None:
                raise invalid(f'Cannot update endpoint "{one.arn}" in status {one.status}.')
            if one.plan.config == plan.config and one.status == "InService":
                raise invalid(
                    f'Cannot update endpoint with the currently in use endpoint configuration "{plan.config}".'
                )
            deployment = said.get("DeploymentConfig") or (one.deployment if said.get("RetainDeploymentConfig") else {})
            sizes = _retained(one, plan, said)
            self._check_against(one, plan, deployment, sizes)
            pending = Pending(_capturing(one, plan, said), sizes, deployment, now)
            last = deployment or one.deployment
            return replace(one, pending=pending, deployment=last).stands("Updating", now)

        self.usage.check_scaling(region, one, plan)
        if self.shelf.change(region, name, updated) is None:
            raise _missing(region, name)
        self.stages.set_out(region, name, "update")
        return {"EndpointArn": one.arn}

    def _weigh(self, said: Said, region: str) -> Said:
        wanted: dict[str, dict[str, Any]] = {}
        for each in said["DesiredWeightsAndCapacities"]:
            if each.get("ServerlessUpdateConfig"):
                raise invalid("This sandbox does not emulate a serverless variant.")
            size = {field: each[key] for key, field in RETAINED.items() if each.get(key) is not None}
            if size.get("count") == 0:
                raise invalid(f"DesiredInstanceCount of variant {each['VariantName']} must be at least 1.")
            wanted[each["VariantName"]] = size
        self.resize(region, said["EndpointName"], wanted)
        return {"EndpointArn": arn(region, said["EndpointName"])}

    def _delete(self, said: Said, region: str) -> Said:
        def deleted(one: Endpoint) -> Endpoint:
            _still(one)
            return one.stands("Deleting", time.time())

        if self.shelf.change(region, said["EndpointName"], deleted) is None:
            raise _missing(region, said["EndpointName"])
        self.stages.set_out(region, said["EndpointName"], "delete")
        return {}

    def _need(self, region: str, name: str) -> Endpoint:
        found = self.shelf.get(region, name)
        if found is None:
            raise _missing(region, name)
        return found

    def _planned(self, region: str, config: str) -> Plan:
        found = self.configs.need(region, config)
        return planned(
            found, {said["ModelName"]: self.models.need(region, said["ModelName"]) for said in found.variants}
        )

    def _check(self, deployment: Said, region: str) -> None:
        deployment_rules.check(deployment)
        if missing := self.alarms.missing(region, names(deployment)):
            raise invalid(f"Could not find the following CloudWatch alarms: {', '.join(missing)}.")

    def _check_against(self, one: Endpoint, plan: Plan, deployment: Said, sizes: Mapping[str, Size]) -> None:
        assert one.plan is not None
        # the service needs the old configuration to go on from it: who deleted it cannot update (terraform-provider-aws#48997)
        self.configs.need(one.region, one.plan.config)
        deployment_rules.check_fleet(deployment, one.plan, plan, sizes)
        self.usage.check_deployment(one.region, plan, sizes, deployment)


def _retained(one: Endpoint, plan: Plan, said: Said) -> dict[str, Size]:
    """The new configuration's sizes, or those that live where the caller keeps them."""
    sizes = plan.sizes()
    if not said.get("RetainAllVariantProperties"):
        return sizes
    excluded = {entry["VariantPropertyType"] for entry in said.get("ExcludeRetainedVariantProperties") or ()}
    kept = [field for key, field in RETAINED.items() if key not in excluded]
    return {
        name: replace(size, **{field: getattr(one.sizes[name], field) for field in kept}) if name in one.sizes else size
        for name, size in sizes.items()
    }


def _capturing(one: Endpoint, plan: Plan, said: Said) -> Plan:
    """With the data capture that is on now, where the caller keeps the variants' properties."""
    excluded = {entry["VariantPropertyType"] for entry in said.get("ExcludeRetainedVariantProperties") or ()}
    if one.plan is None or not said.get("RetainAllVariantProperties") or CAPTURE in excluded:
        return plan
    return replace(plan, capture=one.plan.capture)


def _still(one: Endpoint) -> None:
    if one.moving:
        raise invalid(f'Cannot update in-progress endpoint "{one.arn}".')


def _missing(region: str, name: str) -> ServiceError:
    return invalid(f'Could not find endpoint "{arn(region, name)}".')
