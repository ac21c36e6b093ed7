"""The calls that serving makes, one method each. Raises ProviderError; what is not there is None or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from tradewind.errors import ProviderError
from tradewind.providers.aws import alarms, scaling, sight, tags
from tradewind.providers.aws import endpoint_names as names
from tradewind.providers.aws.errors import classified, transient
from tradewind.providers.aws.session import Session

T = TypeVar("T")
SAGEMAKER, AUTOSCALING, CLOUDWATCH, LOGS = "sagemaker", "application-autoscaling", "cloudwatch", "logs"
PAGES: dict[str, Any] = {"PaginationConfig": {"PageSize": 100}}  # of SageMaker's lists; unsaid they come by 10


class Hosting:
    """Thread-safe; remembers nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def call(self, service: str, operation: str, during: str, /, **request: Any) -> Any:
        """Any operation, by its name in boto3."""
        with classified(during):
            return getattr(self._session.client(service), operation)(**request)

    # ---- looks

    def endpoint(self, name: str) -> sight.EndpointSight | None:
        during = f"look at endpoint {name}"
        said = self._there(SAGEMAKER, "describe_endpoint", during, EndpointName=name)
        return None if said is None else _whole(lambda: sight.endpoint(said), during)

    def config(self, name: str) -> sight.ConfigSight | None:
        during = f"look at endpoint configuration {name}"
        said = self._there(SAGEMAKER, "describe_endpoint_config", during, EndpointConfigName=name)
        return None if said is None else _whole(lambda: sight.config(said), during)

    def model(self, name: str) -> str | None:
        """Its ARN."""
        during = f"look at model {name}"
        said = self._there(SAGEMAKER, "describe_model", during, ModelName=name)
        return None if said is None else _whole(lambda: str(said["ModelArn"]), during)

    def tags(self, arn: str) -> dict[str, str]:
        """Of anything of SageMaker's; nothing where it is not there."""
        try:
            return tags.mapping([*self._pages(SAGEMAKER, "list_tags", "Tags", "read tags", ResourceArn=arn)])
        except ProviderError as error:
            if error.kind != "missing":
                raise
            return {}

    def bounds(self, endpoint: str, slots: Sequence[str]) -> dict[str, scaling.Bounds]:
        """Of the variants that have a scalable target."""
        resources = {names.scalable(endpoint, slot): slot for slot in slots}
        during = f"look at the scaling of endpoint {endpoint}"
        found = self._pages(
            AUTOSCALING, "describe_scalable_targets", "ScalableTargets", during,
            ServiceNamespace=scaling.NAMESPACE, ScalableDimension=scaling.DIMENSION, ResourceIds=[*resources],
        )  # fmt: skip
        return {
            resources[one["ResourceId"]]: scaling.Bounds(one["MinCapacity"], one["MaxCapacity"])
            for one in found
            if one["ResourceId"] in resources
        }

    def policies(self, endpoint: str, slot: str) -> list[dict[str, Any]]:
        during = f"look at the scaling of endpoint {endpoint}"
        said = scaling.variant(endpoint, slot)
        return [*self._pages(AUTOSCALING, "describe_scaling_policies", "ScalingPolicies", during, **said)]

    def alarms(self, endpoint: str, config: str = "") -> list[sight.AlarmSight]:
        """Of an endpoint, or of one of its configurations."""
        prefix = names.alarms(endpoint, config)
        found = self._pages(
            CLOUDWATCH, "describe_alarms", "MetricAlarms", f"look at the alarms of endpoint {endpoint}",
            AlarmNamePrefix=prefix,
        )  # fmt: skip
        return [
            sight.AlarmSight(
                one["AlarmName"], one.get("StateValue") == "ALARM", one.get("StateReason", ""), alarms.limit(one)
            )
            for one in found
        ]

    def configs(self, endpoint: str) -> dict[str, str]:
        """ARNs by name of configurations that may be the endpoint's; see `names.may_be`."""
        return self._named("list_endpoint_configs", "EndpointConfig", endpoint)

    def models(self, endpoint: str) -> dict[str, str]:
        return self._named("list_models", "Model", endpoint)

    def log_group(self, endpoint: str) -> sight.LogGroupSight | None:
        group = names.log_group(endpoint)
        during = f"look at the logs of endpoint {endpoint}"
        found = self._pages(LOGS, "describe_log_groups", "logGroups", during, logGroupNamePrefix=group)
        return next((sight.log_group(one) for one in found if one["logGroupName"] == group), None)

    # ---- the ways to look

    def _named(self, operation: str, kind: str, endpoint: str) -> dict[str, str]:
        contains = names.prefix(endpoint).rstrip("-")
        during = f"look for what belongs to endpoint {endpoint}"
        found = self._pages(SAGEMAKER, operation, f"{kind}s", during, NameContains=contains, **PAGES)
        listed = {one[f"{kind}Name"]: one[f"{kind}Arn"] for one in found}
        return {name: listed[name] for name in sorted(listed) if names.may_be(name, endpoint)}

    def _there(self, service: str, operation: str, during: str, **request: Any) -> Any:
        try:
            return self.call(service, operation, during, **request)
        except ProviderError as error:
            if error.kind != "missing":
                raise
            return None

    def _pages(self, service: str, operation: str, key: str, during: str, **request: Any) -> Iterator[dict[str, Any]]:
        """All of them: an answer cut short has no such key, and nothing is not the same as no answer."""
        with classified(during):
            for page in self._session.client(service).get_paginator(operation).paginate(**request):
                if key not in page:  # botocore takes JSON that was cut in half for an empty success
                    raise transient(f"the answer is not whole: {key} is missing", during)
                yield from page[key]


def _whole(read: Callable[[], T], during: str) -> T:
    """The same for a single answer."""
    try:
        return read()
    except KeyError as error:
        raise transient(f"the answer is not whole: {error} is missing", during) from error
