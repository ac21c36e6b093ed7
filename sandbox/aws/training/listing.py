"""One page of jobs: filters first, then the order, then the page."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tradewind.sandbox.aws.faults import invalid
from tradewind.sandbox.aws.training.job import Job

PAGE = 10  # rows, unless asked otherwise
ORDERS: Mapping[str, Callable[[Job], float | str]] = {
    "Name": lambda job: job.name,
    "CreationTime": lambda job: job.created,
    "Status": lambda job: job.status,
}
TESTS: Mapping[str, Callable[[Job, Any], bool]] = {
    "NameContains": lambda job, text: text in job.name,
    "StatusEquals": lambda job, status: job.status == status,
    "CreationTimeAfter": lambda job, moment: job.created > epoch(moment),
    "CreationTimeBefore": lambda job, moment: job.created < epoch(moment),
    "LastModifiedTimeAfter": lambda job, moment: job.modified > epoch(moment),
    "LastModifiedTimeBefore": lambda job, moment: job.modified < epoch(moment),
    "WarmPoolStatusEquals": lambda _job, _status: False,  # no job has a warm pool here
    "TrainingPlanArnEquals": lambda _job, _arn: False,  # nor a plan
}


def page(jobs: Sequence[Job], asked: Mapping[str, Any]) -> dict[str, Any]:
    """As ListTrainingJobs answers. A job that is made between two calls shifts no row out of or into another page."""
    order = ORDERS[asked.get("SortBy", "CreationTime")]
    backwards = asked.get("SortOrder", "Ascending") == "Descending"
    tests = [(test, asked[name]) for name, test in TESTS.items() if asked.get(name) is not None]
    found = [job for job in jobs if all(test(job, value) for test, value in tests)]
    found.sort(key=lambda job: (order(job), job.name), reverse=backwards)
    if asked.get("NextToken"):
        last = _opened(asked["NextToken"], asked.get("SortBy", "CreationTime"))
        found = [job for job in found if _after((order(job), job.name), last, backwards)]
    size = asked.get("MaxResults", PAGE)
    said: dict[str, Any] = {"TrainingJobSummaries": [job.summary() for job in found[:size]]}
    if len(found) > size:
        job = found[size - 1]
        said["NextToken"] = _closed([asked.get("SortBy", "CreationTime"), order(job), job.name])
    return said


def epoch(moment: float | str) -> float:
    """Of a timestamp on the wire."""
    if isinstance(moment, (int, float)):
        return moment
    try:
        return datetime.fromisoformat(moment).timestamp()
    except ValueError as error:
        raise invalid(f"{moment} is not a timestamp") from error


def _after(key: tuple[Any, str], last: tuple[Any, str], backwards: bool) -> bool:
    return key < last if backwards else key > last


def _closed(said: list[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def _opened(token: str, sort: str) -> tuple[Any, str]:
    try:
        by, value, name = json.loads(base64.urlsafe_b64decode(token))
        if not isinstance(name, str) or isinstance(value, str) == (by == "CreationTime"):
            raise ValueError(token)
    except (ValueError, TypeError, binascii.Error) as error:
        raise invalid("Invalid NextToken") from error
    if by != sort:
        raise invalid("NextToken belongs to a request with another SortBy")
    return value, name
