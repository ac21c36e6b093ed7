"""Everything in the account that carries certain tags: jobs and endpoints.

Search finds them by a few calls, but in an index that follows the service with a delay: what was made a moment ago may be
missing, what was deleted may still be shown. The second would keep `down` from ending, so that what Search finds is looked
at; the first is why `down` also looks for what it knows by name. Where Search may not be asked, or knows no such resource,
everything is listed and its tags are read one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import tags as tagging
from tradewind.providers.aws.errors import ask
from tradewind.providers.aws.session import Session
from tradewind.providers.aws.train_look import THREADS, Jobs

PAGE = 100  # of Search and of the lists
DURING = "look for what is ours"
# Kinds of error by which Search may refuse; others (throttled, not signed in, ...) are passed on.
_REFUSED = ("permission", "invalid", "missing", "failed")


class Owned:
    """Safe from many threads."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def found(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        """(kind, name), jobs first. Without tags nothing is ours."""
        if not tags:
            return ()
        return (*(("job", name) for name in self._jobs(tags)), *(("endpoint", name) for name in self._endpoints(tags)))

    def _jobs(self, tags: Mapping[str, str]) -> list[str]:
        try:
            names = [row["TrainingJob"]["TrainingJobName"] for row in self._search("TrainingJob", tags)]
        except ProviderError as error:
            if error.kind not in _REFUSED:
                raise
            return self._listed("list_training_jobs", "TrainingJob", "TrainingJobSummaries", tags)
        there = Jobs(self._session).statuses(names, DURING)
        return [name for name in dict.fromkeys(names) if name in there]

    def _endpoints(self, tags: Mapping[str, str]) -> list[str]:
        try:
            names = [row["Endpoint"]["EndpointName"] for row in self._search("Endpoint", tags)]
        except ProviderError as error:
            if error.kind not in _REFUSED:
                raise
            return self._listed("list_endpoints", "Endpoint", "Endpoints", tags)
        with ThreadPoolExecutor(THREADS) as pool:
            there = list(pool.map(self._stands, names))
        return [name for name, stands in zip(names, there, strict=True) if stands]

    def _stands(self, endpoint: str) -> bool:
        client = self._session.client("sagemaker")
        try:
            ask(DURING, client.describe_endpoint, "EndpointName", EndpointName=endpoint)
        except ProviderError as error:
            if error.kind == "missing":
                return False
            raise
        return True

    def _search(self, resource: str, tags: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
        filters = [
            {"Name": f"Tags.{pair['Key']}", "Operator": "Equals", "Value": pair["Value"]}
            for pair in tagging.pairs(tags)
        ]
        said = {"Resource": resource, "SearchExpression": {"Filters": filters}, "MaxResults": PAGE}
        return self._paged(self._session.client("sagemaker", group="list").search, "Results", said)

    def _listed(self, operation: str, kind: str, key: str, tags: Mapping[str, str]) -> list[str]:
        client = self._session.client("sagemaker", group="list")
        rows = list(self._paged(getattr(client, operation), key, {"MaxResults": PAGE}))
        with ThreadPoolExecutor(THREADS) as pool:
            carried = list(pool.map(lambda row: self._tags(row[f"{kind}Arn"]), rows))
        return [row[f"{kind}Name"] for row, has in zip(rows, carried, strict=True) if tags.items() <= has.items()]

    def _tags(self, arn: str) -> Mapping[str, str]:
        client = self._session.client("sagemaker")
        try:
            pages = self._paged(client.list_tags, "Tags", {"ResourceArn": arn})
            return tagging.mapping(list(pages))
        except ProviderError as error:
            if error.kind == "missing":  # deleted since it was listed
                return {}
            raise

    def _paged(self, call: Callable[..., Any], key: str, said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
        token: dict[str, str] = {}
        while True:
            page = ask(DURING, call, key, **said, **token)
            yield from page[key]
            if not page.get("NextToken"):
                return
            token = {"NextToken": page["NextToken"]}
