"""The Resource Groups Tagging API over what stands here: SageMaker's resources, alarms, and what moto has of other services."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from moto import backends

from tradewind.sandbox.aws.account import ACCOUNT
from tradewind.sandbox.aws.catalog import KINDS, Catalog
from tradewind.sandbox.aws.faults import ServiceError
from tradewind.sandbox.aws.monitoring.alarms import Alarms
from tradewind.sandbox.aws.pages import page
from tradewind.sandbox.aws.wire import Wire

Said = Mapping[str, Any]
Marks = Mapping[str, str]
PAGE, MOST = 50, 100
ALL = 10**9  # of moto's pages, which are made anew for each call
STRANGE = ServiceError("PaginationTokenExpiredException", "The pagination token is not valid.")


class Tagging:
    """`door` answers GetResources; moto answers the API's other calls for what is its own."""

    def __init__(self, catalog: Catalog, alarms: Alarms) -> None:
        self._catalog = catalog
        self._alarms = alarms
        work = {"GetResources": self._resources}
        self.door = Wire("resourcegroupstaggingapi", work, invalid="InvalidParameterException")

    def _resources(self, said: Said, region: str) -> Said:
        arns = said.get("ResourceARNList")
        if arns and (said.get("TagFilters") or said.get("ResourceTypeFilters")):
            raise ServiceError(
                "InvalidParameterException",
                "ResourceARNList cannot be combined with TagFilters or ResourceTypeFilters.",
            )
        size = said.get("ResourcesPerPage") or PAGE
        if not 1 <= size <= MOST:
            raise ServiceError("InvalidParameterException", f"ResourcesPerPage must be between 1 and {MOST}.")
        own = [
            {"ResourceARN": arn, "Tags": _listed(tags)}
            for arn, tags in self._own(region, said.get("ResourceTypeFilters") or ())
            if tags and (not arns or arn in arns) and _fits(tags, said.get("TagFilters") or ())
        ]
        found = sorted([*own, *_of_moto(said, region)], key=lambda one: str(one["ResourceARN"]))
        asked = {"NextToken": said.get("PaginationToken"), "MaxResults": size}
        shown, token = page(found, asked, size=PAGE, refused=STRANGE)
        return {"ResourceTagMappingList": list(shown), "PaginationToken": token.get("NextToken", "")}

    def _own(self, region: str, types: tuple[str, ...]) -> Iterator[tuple[str, Marks]]:
        for kind, names in KINDS.items():
            if _typed(f"sagemaker:{names.word}", types):
                for row in self._catalog.rows(kind, region):
                    yield from self._tags(str(row[names.arn]), region)
        if _typed("cloudwatch:alarm", types):
            yield from ((alarm.arn, alarm.tags) for alarm in self._alarms.all(region))

    def _tags(self, arn: str, region: str) -> Iterator[tuple[str, Marks]]:
        try:
            yield arn, {tag["Key"]: tag["Value"] for tag in self._catalog.tags(arn, region)}
        except ServiceError:  # it has gone meanwhile
            return


def _typed(kind: str, wanted: tuple[str, ...]) -> bool:
    return not wanted or kind in wanted or kind.partition(":")[0] in wanted


def _fits(tags: Marks, filters: tuple[Said, ...]) -> bool:
    """Every key must be there, with one of its values where any are named."""
    return all(one["Key"] in tags and (not one.get("Values") or tags[one["Key"]] in one["Values"]) for one in filters)


def _of_moto(said: Said, region: str) -> list[Said]:
    backend = backends.get_backend("resourcegroupstaggingapi")[ACCOUNT][region]
    _, found = backend.get_resources(
        resources_per_page=ALL,
        tags_per_page=ALL,
        tag_filters=said.get("TagFilters"),
        resource_type_filters=said.get("ResourceTypeFilters"),
        resource_arn_list=said.get("ResourceARNList"),
    )
    return [{"ResourceARN": one.arn, "Tags": _listed(one.tags)} for one in found]


def _listed(tags: Marks) -> list[Said]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
