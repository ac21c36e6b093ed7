"""What carries our tags: by Search where it may be asked, else by reading every tag."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from tests.providers.aws.harness import REGION
from tests.providers.aws.standin import Answer, Refused, Said, StandIn, standing_in
from tradewind.providers.aws.info import INFO
from tradewind.providers.aws.owned import PAGE
from tradewind.providers.base import Provider
from tradewind.providers.conformance.harness import refused
from tradewind.spec.clouds.aws import Aws
from tradewind.values import Foundation

NOW = 1_700_000_000.0
TAGS = {"tradewind-project": "p", "tradewind-environment": "default"}
Tagged = dict[str, dict[str, str]]


@dataclass
class Account:
    """`stale` is what Search still shows although it is gone."""

    jobs: Tagged = field(default_factory=dict)
    endpoints: Tagged = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    refuses: Refused | None = None

    def search(self, said: Said) -> Answer:
        if self.refuses is not None:
            raise self.refuses
        kind, of = ("TrainingJob", self.jobs) if said["Resource"] == "TrainingJob" else ("Endpoint", self.endpoints)
        wanted = {f["Name"].removeprefix("Tags."): f["Value"] for f in said["SearchExpression"]["Filters"]}
        assert all(f["Operator"] == "Equals" for f in said["SearchExpression"]["Filters"])
        found = [name for name, tags in of.items() if wanted.items() <= tags.items()]
        start, size = int(said.get("NextToken", "0")), said["MaxResults"]
        more = {"NextToken": str(start + size)} if start + size < len(found) else {}
        return {"Results": [{kind: {f"{kind}Name": name}} for name in found[start : start + size]], **more}

    def describe_job(self, said: Said) -> Answer:
        name = said["TrainingJobName"]
        if name in self.stale:
            raise Refused("ValidationException", "Requested resource not found.")
        return self.job(name)

    def describe_endpoint(self, said: Said) -> Answer:
        if said["EndpointName"] in self.stale:
            raise Refused("ValidationException", f'Could not find endpoint "arn:{said["EndpointName"]}".')
        return {"EndpointName": said["EndpointName"]}

    def list_jobs(self, said: Said) -> Answer:
        found = [self.job(n) for n in self.jobs if n not in self.stale and said.get("NameContains", "") in n]
        return {"TrainingJobSummaries": found}

    def list_endpoints(self, said: Said) -> Answer:
        return {"Endpoints": [{"EndpointName": n, "EndpointArn": f"arn:endpoint/{n}"} for n in self.endpoints]}

    def tags(self, said: Said) -> Answer:
        """One a page."""
        kind, name = said["ResourceArn"].removeprefix("arn:").split("/")
        if name in self.stale:
            raise Refused("ValidationException", "Requested resource not found.")
        pairs = list((self.jobs if kind == "job" else self.endpoints)[name].items())
        at = int(said.get("NextToken", "0"))
        more = {"NextToken": str(at + 1)} if at + 1 < len(pairs) else {}
        return {"Tags": [{"Key": key, "Value": value} for key, value in pairs[at : at + 1]], **more}

    def job(self, name: str) -> Said:
        return {"TrainingJobName": name, "TrainingJobArn": f"arn:job/{name}", "TrainingJobStatus": "Completed",
                "SecondaryStatus": "Completed", "CreationTime": NOW, "Environment": {"TW_RUN_DIGEST": "x"}}  # fmt: skip

    @contextmanager
    def open(self) -> Iterator[tuple[Provider, StandIn]]:
        answers: dict[str, Callable[[Said], Answer]] = {
            "Search": self.search, "DescribeTrainingJob": self.describe_job, "DescribeEndpoint": self.describe_endpoint,
            "ListTrainingJobs": self.list_jobs, "ListEndpoints": self.list_endpoints, "ListTags": self.tags,
        }  # fmt: skip
        with standing_in(answers) as service:
            yield INFO.connect(Aws(region=REGION, endpoint_url=service.url), Foundation("s3://b")), service


@pytest.fixture(autouse=True)
def once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


def test_by_search_with_all_the_tags() -> None:
    one = Account({"a": TAGS, "b": {**TAGS, "team": "x"}, "c": {"team": "x"}}, {"e": TAGS, "f": {}})
    with one.open() as (provider, service):
        assert provider.owned(TAGS) == (("job", "a"), ("job", "b"), ("endpoint", "e"))
        assert provider.owned({**TAGS, "team": "x"}) == (("job", "b"),)
        assert "ListTags" not in service.counts


def test_without_tags_nothing_is_ours() -> None:
    with Account({"a": TAGS}, {"e": TAGS}).open() as (provider, service):
        assert provider.owned({}) == ()
        assert service.calls == []


def test_page_after_page() -> None:
    names = [f"job-{n}" for n in range(2 * PAGE + 1)]
    with Account(dict.fromkeys(names, TAGS)).open() as (provider, service):
        assert [name for _, name in provider.owned(TAGS)] == names
        assert service.counts["Search"] == 3 + 1


def test_what_is_gone_is_not_ours_however_long_the_index_shows_it() -> None:
    """`down` ends when nothing is shown any more."""
    one = Account({"a": TAGS, "gone": TAGS}, {"e": TAGS, "went": TAGS}, stale=frozenset({"gone", "went"}))
    with one.open() as (provider, _):
        assert provider.owned(TAGS) == (("job", "a"), ("endpoint", "e"))


@pytest.mark.parametrize(
    "refusal",
    [
        Refused("AccessDeniedException", "User: u is not authorized to perform: sagemaker:Search"),
        Refused("ValidationException", "Tags is not a property of Endpoint"),
        Refused("UnknownOperationException", "Search is not emulated"),
    ],
)
def test_where_search_refuses_every_tag_is_read(refusal: Refused) -> None:
    one = Account({"a": TAGS, "b": {"team": "x"}, "gone": TAGS}, {"e": TAGS, "f": {}}, frozenset({"gone"}), refusal)
    with one.open() as (provider, service):
        assert provider.owned(TAGS) == (("job", "a"), ("endpoint", "e"))
        assert service.counts["ListTags"] > 2, "tags are read to their last page"


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (Refused("ThrottlingException", "Rate exceeded"), "throttled"),
        (Refused("ExpiredTokenException", "expired"), "credentials"),
        (Refused("InternalFailure", "", 500), "transient"),
    ],
)
def test_a_bad_moment_is_no_reason_to_read_every_tag(refusal: Refused, kind: str) -> None:
    with Account(refuses=refusal).open() as (provider, service):
        with refused(kind):  # type: ignore[arg-type]  # a literal of the test
            provider.owned(TAGS)
        assert set(service.counts) == {"Search"}


def test_tags_as_people_write_them() -> None:
    team = {"team": "Équipe naïve 日本 🚀"}
    written = {"team": "Équipe naïve 日本 =1F680="}
    with Account({"a": written}, {"e": written}).open() as (provider, _):
        assert provider.owned(team) == (("job", "a"), ("endpoint", "e"))
    one = Account({"a": written}, refuses=Refused("AccessDeniedException", "no"))
    with one.open() as (provider, _):
        assert provider.owned(team) == (("job", "a"),)
