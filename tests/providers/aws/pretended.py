"""A pretended account behind the clients of a session: endpoints that change when told to, so that every state can be held.

Not a check of what SageMaker does (the emulated account is nearer to it), but of what the provider does about it. Requests are
held against botocore's model of the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from .pretended_beside import Beside, refusal
from .requests import faults

ARN = "arn:aws:sagemaker:eu-west-1:123456789012"
READS = re.compile(r"^(describe|list|get)_")


class Account(Beside):
    """`calls` are (service, operation, request); `dies` loses the answer of every write while it is True."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[str, str, dict[str, Any]]] = []
        self.dies = False
        self.busy_deletes = True  # DeleteEndpoint is refused while an endpoint changes
        self.hidden: set[str] = set()  # endpoints that are busy once more than they look
        self.shows_pending = True
        self.shows_deployment = True
        self.models: dict[str, dict[str, Any]] = {}
        self.configs: dict[str, dict[str, Any]] = {}
        self.endpoints: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}
        self._from_config: dict[str, set[str]] = {}  # what the update under way does not retain
        self._now = datetime(2026, 11, 24, 12, tzinfo=UTC)

    # ---- what a test brings about

    def finish(self, name: str, *, fails: str = "") -> None:
        """What the endpoint is doing comes to its end; `fails` is the reason with which it does not work out."""
        it = self.endpoints[name]
        self._touch(it)
        if it["EndpointStatus"] == "Deleting":
            del self.endpoints[name]
            return
        coming = it.pop("PendingDeploymentSummary", None) or it.pop("Hidden", None)
        creating = it["EndpointStatus"] == "Creating"
        it["EndpointStatus"] = "Failed" if fails and creating else "InService"
        it.pop("FailureReason", None)
        if fails:
            it["FailureReason"] = fails
        elif coming:
            self._install(it, coming["EndpointConfigName"])
        for one in it.get("ProductionVariants", ()):
            one.update(CurrentInstanceCount=one["DesiredInstanceCount"], CurrentWeight=one["DesiredWeight"])

    def scale_out(self, name: str, count: int) -> None:
        it = self.endpoints[name]
        self._touch(it)
        it["ProductionVariants"][0].update(CurrentInstanceCount=count, DesiredInstanceCount=count)

    def writes(self) -> list[str]:
        return [operation for _, operation, _ in self.calls if not READS.match(operation)]

    def requests(self, operation: str) -> list[dict[str, Any]]:
        return [request for _, name, request in self.calls if name == operation]

    @property
    def empty(self) -> bool:
        kept = (self.models, self.configs, self.endpoints, self.targets, self.policies, self.alarms, self.groups)
        return not any(kept)

    # ---- the session's part

    region = "eu-west-1"

    def client(self, service: str, *, attempts: int | None = None, group: str = "") -> Client:
        return Client(self, service)

    def answer(self, service: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((service, operation, request))
        camel = "".join(part.capitalize() for part in operation.split("_"))
        assert faults(camel, request, service) == [], request
        said: dict[str, Any] = getattr(self, operation)(**request) or {}
        if self.dies and not READS.match(operation):
            raise refusal("InternalFailure", "the answer was lost", camel)
        return said

    # ---- SageMaker

    def create_model(self, ModelName: str, Tags: Any = (), **more: Any) -> dict[str, Any]:
        return self._create(self.models, "model", ModelName, Tags, {"ModelName": ModelName, **more}, "ModelArn")

    def create_endpoint_config(self, EndpointConfigName: str, Tags: Any = (), **more: Any) -> dict[str, Any]:
        assert any(one["InitialVariantWeight"] for one in more["ProductionVariants"]), "at least one must have weight"
        for one in more["ProductionVariants"]:
            if one["ModelName"] not in self.models:
                raise refusal("ValidationException", f'Could not find model "{ARN}:model/{one["ModelName"]}".')
        said = {"EndpointConfigName": EndpointConfigName, **more}
        return self._create(self.configs, "endpoint-config", EndpointConfigName, Tags, said, "EndpointConfigArn")

    def create_endpoint(self, EndpointName: str, EndpointConfigName: str, Tags: Any = ()) -> dict[str, Any]:
        self._config(EndpointConfigName)
        said: dict[str, Any] = {"EndpointName": EndpointName, "EndpointStatus": "Creating"}
        made = self._create(self.endpoints, "endpoint", EndpointName, Tags, said, "EndpointArn")
        self._install(said, EndpointConfigName)
        for one in said["ProductionVariants"]:
            one["CurrentInstanceCount"] = 0
        self._touch(said)
        return made

    def update_endpoint(self, EndpointName: str, EndpointConfigName: str, **more: Any) -> None:
        it, new = self._idle(EndpointName, "update"), self._config(EndpointConfigName)
        for one in self.configs.get(it["EndpointConfigName"], {}).get("ProductionVariants", ()):
            resource = f"endpoint/{EndpointName}/variant/{one['VariantName']}"
            same = [n for n in new["ProductionVariants"] if n["VariantName"] == one["VariantName"]]
            if resource in self.targets and not (same and same[0]["InstanceType"] == one["InstanceType"]):
                raise refusal("ValidationException", f"{resource} is registered as a scalable target")
        it["EndpointStatus"] = "Updating"
        if self.shows_deployment:
            it["LastDeploymentConfig"] = more.get("DeploymentConfig", {})
        self._touch(it)
        self._from_config[EndpointName] = {
            one["VariantPropertyType"] for one in more["ExcludeRetainedVariantProperties"]
        }
        it["PendingDeploymentSummary" if self.shows_pending else "Hidden"] = {"EndpointConfigName": EndpointConfigName}

    def update_endpoint_weights_and_capacities(self, EndpointName: str, DesiredWeightsAndCapacities: Any) -> None:
        it = self._idle(EndpointName, "update")
        it["EndpointStatus"] = "Updating"
        self._touch(it)
        for said in DesiredWeightsAndCapacities:
            one = next(v for v in it["ProductionVariants"] if v["VariantName"] == said["VariantName"])
            one.update(DesiredWeight=said["DesiredWeight"], DesiredInstanceCount=said["DesiredInstanceCount"])

    def delete_endpoint(self, EndpointName: str) -> None:
        it = self._idle(EndpointName, "delete") if self.busy_deletes else self.endpoints[EndpointName]
        it["EndpointStatus"] = "Deleting"
        it.pop("PendingDeploymentSummary", None)

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        if EndpointName not in self.endpoints:
            raise refusal("ValidationException", f'Could not find endpoint "{ARN}:endpoint/{EndpointName}".')
        return {key: value for key, value in self.endpoints[EndpointName].items() if key != "Hidden"}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        return self._config(EndpointConfigName)

    def describe_model(self, ModelName: str) -> dict[str, Any]:
        if ModelName not in self.models:
            raise refusal("ValidationException", f'Could not find model "{ARN}:model/{ModelName}".')
        return self.models[ModelName]

    def delete_endpoint_config(self, EndpointConfigName: str) -> None:
        used = [e["EndpointName"] for e in self.endpoints.values() if e["EndpointConfigName"] == EndpointConfigName]
        assert not used, "the configuration of a live endpoint was deleted"
        del self.configs[EndpointConfigName]
        del self.tags[f"{ARN}:endpoint-config/{EndpointConfigName}"]

    def delete_model(self, ModelName: str) -> None:
        del self.models[ModelName]
        del self.tags[f"{ARN}:model/{ModelName}"]

    def list_endpoint_configs(self, NameContains: str) -> dict[str, Any]:
        return {"EndpointConfigs": [it for name, it in self.configs.items() if NameContains in name]}

    def list_models(self, NameContains: str) -> dict[str, Any]:
        return {"Models": [it for name, it in self.models.items() if NameContains in name]}

    def list_tags(self, ResourceArn: str) -> dict[str, Any]:
        return {"Tags": [{"Key": k, "Value": v} for k, v in self.tags.get(ResourceArn, {}).items()]}

    def add_tags(self, ResourceArn: str, Tags: Any) -> dict[str, Any]:
        if ResourceArn not in self.tags:
            raise refusal("ValidationException", f'Could not find "{ResourceArn}".')
        self.tags[ResourceArn].update({tag["Key"]: tag["Value"] for tag in Tags})
        return {"Tags": Tags}

    def delete_tags(self, ResourceArn: str, TagKeys: Any) -> None:
        for key in TagKeys:
            self.tags[ResourceArn].pop(key, None)

    # ---- parts

    def _create(
        self, kept: dict[str, dict[str, Any]], kind: str, name: str, tags: Any, said: dict[str, Any], arn: str
    ) -> dict[str, Any]:
        where = f"{ARN}:{kind}/{name}"
        if name in kept:
            raise refusal("ValidationException", f'Cannot create already existing {kind} "{where}".')
        kept[name] = said
        said[arn] = where
        self.tags[where] = {tag["Key"]: tag["Value"] for tag in tags}
        return {arn: where}

    def _config(self, name: str) -> dict[str, Any]:
        if name not in self.configs:
            raise refusal(
                "ValidationException", f'Could not find endpoint configuration "{ARN}:endpoint-config/{name}".'
            )
        return self.configs[name]

    def _idle(self, name: str, what: str) -> dict[str, Any]:
        it = self.endpoints[name]
        if name in self.hidden:
            self.hidden.remove(name)
            raise refusal("ValidationException", f'Cannot {what} in-progress endpoint "{it["EndpointArn"]}".')
        if it["EndpointStatus"] not in ("InService", "Failed", "UpdateRollbackFailed"):
            raise refusal("ValidationException", f'Cannot {what} in-progress endpoint "{it["EndpointArn"]}".')
        return it

    def _install(self, it: dict[str, Any], config: str) -> None:
        before = {one["VariantName"]: one for one in it.get("ProductionVariants", ())}
        it["EndpointConfigName"] = config
        it["ProductionVariants"] = [
            {**self._born(one), **self._retained(it["EndpointName"], before.get(one["VariantName"], {}))}
            for one in self.configs[config]["ProductionVariants"]
        ]

    def _born(self, one: dict[str, Any]) -> dict[str, Any]:
        count, weight = one["InitialInstanceCount"], one["InitialVariantWeight"]
        return {
            "VariantName": one["VariantName"], "DesiredInstanceCount": count, "CurrentInstanceCount": count,
            "DesiredWeight": weight, "CurrentWeight": weight,
        }  # fmt: skip

    def _retained(self, endpoint: str, before: dict[str, Any]) -> dict[str, Any]:
        lost = {"DesiredWeight", "CurrentWeight"} if "DesiredWeight" in self._from_config.get(endpoint, ()) else set()
        return {key: value for key, value in before.items() if key not in lost}

    def _touch(self, it: dict[str, Any]) -> None:
        self._now += timedelta(seconds=1)
        it["LastModifiedTime"] = self._now


class Meta:
    endpoint_url = "https://runtime.sagemaker.eu-west-1.amazonaws.com"


class Client:
    meta = Meta()

    def __init__(self, account: Account, service: str) -> None:
        self._account = account
        self._service = service

    def __getattr__(self, operation: str) -> Callable[..., dict[str, Any]]:
        return lambda **request: self._account.answer(self._service, operation, request)

    def get_paginator(self, operation: str) -> Pages:
        return Pages(self, operation)


class Pages:
    def __init__(self, client: Client, operation: str) -> None:
        self._client = client
        self._operation = operation

    def paginate(self, PaginationConfig: Any = None, **request: Any) -> Iterator[dict[str, Any]]:
        yield getattr(self._client, self._operation)(**request)
