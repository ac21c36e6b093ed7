"""Everything of SageMaker's that stands in the account, as its own describe calls tell it, with tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.sandbox.aws.faults import ServiceError

Said = Mapping[str, Any]
Operation = Callable[[Said, str], Said]
PAGE = 100


@dataclass(frozen=True)
class Kind:
    """`word` is the resource's in its ARN; the others are the names of calls and members."""

    word: str
    listing: str
    rows: str
    describe: str
    name: str
    arn: str


KINDS = {
    "TrainingJob": Kind("training-job", "ListTrainingJobs", "TrainingJobSummaries", "DescribeTrainingJob",
                        "TrainingJobName", "TrainingJobArn"),
    "Model": Kind("model", "ListModels", "Models", "DescribeModel", "ModelName", "ModelArn"),
    "EndpointConfig": Kind("endpoint-config", "ListEndpointConfigs", "EndpointConfigs", "DescribeEndpointConfig",
                           "EndpointConfigName", "EndpointConfigArn"),
    "Endpoint": Kind("endpoint", "ListEndpoints", "Endpoints", "DescribeEndpoint", "EndpointName", "EndpointArn"),
}  # fmt: skip


class Catalog:
    """`operations` are SageMaker's, by name."""

    def __init__(self, operations: Mapping[str, Operation]) -> None:
        self._operations = operations

    def documents(self, kind: str, region: str) -> Iterator[dict[str, Any]]:
        """All of a kind, whole. One that goes while it is looked at is left out."""
        for row in self.rows(kind, region):
            try:
                found = self._operations[KINDS[kind].describe]({KINDS[kind].name: row[KINDS[kind].name]}, region)
                yield {**found, "Tags": self.tags(str(row[KINDS[kind].arn]), region)}
            except ServiceError:
                continue

    def rows(self, kind: str, region: str) -> Iterator[Said]:
        """As the kind's list has them."""
        token: dict[str, Any] = {}
        while True:
            page = self._operations[KINDS[kind].listing]({"MaxResults": PAGE, **token}, region)
            yield from page[KINDS[kind].rows]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}

    def tags(self, arn: str, region: str) -> list[Said]:
        """Raises ServiceError where the resource is gone."""
        return list(self._operations["ListTags"]({"ResourceArn": arn, "MaxResults": PAGE}, region)["Tags"])
