"""Looking at training jobs: one by one, or many by few calls.

The arithmetic, at 60 ms a call. DescribeTrainingJob says everything: 16 at once take 60 ms, 1,000 take 3.8 s by 16 threads
and as many calls. ListTrainingJobs says the states of 100 jobs a page: 1,000 take 10 pages, 0.6 s. But an account may list
only about twice a second (aws-solutions/deepracer-on-aws#87: 2 a second, not adjustable) and a page is found by the one
before it, so that a page that is throttled costs as much as ten jobs described. Hence: up to 16 names are described; more
are looked for in the list, newest first, in at most a page for ten names; and whatever the list does not show in time, or
cannot say (why a job failed), is described.
"""

from __future__ import annotations

import math
import os.path
from collections.abc import Collection, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from tradewind.errors import ProviderError
from tradewind.providers.aws import names, tags, train_status
from tradewind.providers.aws.errors import ask
from tradewind.providers.aws.session import Session
from tradewind.values import JobStatus

THREADS = 16
FEW = 16  # names that are described without a look at the list
PAGE = 100  # ListTrainingJobs, MaxResults
NAMES_A_PAGE = 10  # a page costs as much as so many jobs described
SHORTEST_PREFIX = 3  # shorter ones narrow nothing down
REASONS = 32  # failed jobs whose reason is asked for beside a list, newest first


class Jobs:
    """Safe from many threads."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._digests: dict[tuple[str, Any], str] = {}  # (ARN, creation) -> digest, which never changes

    def find(self, name: str, during: str) -> dict[str, Any] | None:
        """DescribeTrainingJob's answer; None where there is no such job."""
        if not names.fits(name):
            return None
        client = self._session.client("sagemaker")
        try:
            return ask(
                during, client.describe_training_job, "TrainingJobName", "TrainingJobStatus", TrainingJobName=name
            )
        except ProviderError as error:
            if error.kind == "missing":
                return None
            raise

    def digest(self, job: Mapping[str, Any], during: str) -> str:
        """ "" for a job that is none of ours."""
        if found := train_status.digest_in(job):
            return found
        key = job["TrainingJobArn"], job.get("CreationTime")
        if key not in self._digests:
            client = self._session.client("sagemaker")
            listed = ask(during, client.list_tags, "Tags", ResourceArn=key[0])["Tags"]
            self._digests[key] = tags.mapping(listed).get(tags.DIGEST_TAG, "")
        return self._digests[key]

    def status(self, name: str, during: str) -> JobStatus | None:
        job = self.find(name, during)
        return None if job is None else train_status.of_job(job, self.digest(job, during))

    def statuses(self, asked: Collection[str], during: str) -> dict[str, JobStatus]:
        """By name; absent: not there."""
        wanted = dict.fromkeys(asked)
        if len(wanted) <= 1:
            seen = {name: self.status(name, during) for name in wanted}
            return {name: status for name, status in seen.items() if status is not None}
        with ThreadPoolExecutor(min(THREADS, len(wanted))) as pool:
            if len(wanted) <= FEW:
                return _gathered({name: pool.submit(self.status, name, during) for name in wanted})
            return self._by_list(pool, wanted, during)

    def _by_list(self, pool: ThreadPoolExecutor, wanted: Mapping[str, None], during: str) -> dict[str, JobStatus]:
        seen: dict[str, JobStatus] = {}
        asked: dict[str, Future[JobStatus | None]] = {}
        whole = False
        try:
            for row in self._rows(wanted, during):
                name = row["TrainingJobName"]
                if name in wanted and name not in seen:
                    seen[name] = train_status.of_summary(row)
                    if not train_status.told(seen[name]) and len(asked) < REASONS:
                        asked[name] = pool.submit(self.status, name, during)
                if len(seen) == len(wanted):
                    break
            else:
                whole = len(seen) < len(wanted)
        except _CutShort:
            pass
        rest = [name for name in wanted if name not in seen]
        if not whole or len(rest) <= FEW:  # a job of this moment may be in no list yet
            asked |= {name: pool.submit(self.status, name, during) for name in rest}
        return seen | _gathered(asked)

    def _rows(self, wanted: Collection[str], during: str) -> Iterator[Mapping[str, Any]]:
        """Raises _CutShort where the list is too long to be read to its end, or may not be read at this rate."""
        client = self._session.client("sagemaker", group="list")
        prefix = os.path.commonprefix(list(wanted))  # noqa: RUF071 - letter by letter is meant
        said: dict[str, Any] = {"SortBy": "CreationTime", "SortOrder": "Descending", "MaxResults": PAGE}
        if len(prefix) >= SHORTEST_PREFIX:
            said["NameContains"] = prefix
        for _ in range(max(2, math.ceil(len(wanted) / NAMES_A_PAGE))):
            try:
                page = ask(during, client.list_training_jobs, "TrainingJobSummaries", **said)
            except ProviderError as error:
                if error.kind in ("throttled", "permission"):
                    raise _CutShort from error
                raise
            yield from page["TrainingJobSummaries"]
            if not page.get("NextToken"):
                return
            said["NextToken"] = page["NextToken"]
        raise _CutShort


class _CutShort(Exception):
    pass


def _gathered(asked: Mapping[str, Future[JobStatus | None]]) -> dict[str, JobStatus]:
    found = {name: future.result() for name, future in asked.items()}
    return {name: status for name, status in found.items() if status is not None}
