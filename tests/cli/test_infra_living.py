"""`deploy infra destroy` while somebody stands on the ground: without a deploy.yaml, too, and of whatever project."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from fakes.provider import FakeInfo
from fakes.shell import deploy

from tests.cli.test_infra import AWS, GIVES, Fake, ground, step
from tradewind.errors import ProviderError
from tradewind.providers import registry
from tradewind.providers.registry import Entry
from tradewind.values import JobStatus

__all__ = ["ground"]  # the fixture


@dataclass
class Account(FakeInfo):
    """What carries which environment's tag."""

    things: dict[tuple[str, str], str] = field(default_factory=dict)
    ended: set[str] = field(default_factory=set)
    fails: Exception | None = None

    def __post_init__(self) -> None:
        super().__init__()

    def connect(self, settings: Any, foundation: Any) -> Any:
        if self.fails:
            raise self.fails
        return self

    def owned(self, tags: Mapping[str, str]) -> Sequence[tuple[str, str]]:
        return [it for it, where in self.things.items() if tags == {"tradewind-environment": where}]

    def trainer(self) -> Any:
        return self

    def status(self, names: Collection[str]) -> Mapping[str, JobStatus]:
        return {it: JobStatus("succeeded" if it in self.ended else "running", "") for it in names}


@pytest.fixture
def account(ground: Fake) -> Iterator[Account]:
    ground.steps, ground.gives = (step("delete"),), GIVES
    one = Account()
    with registry.registered(Entry("aws", "x"), one):
        yield one


def test_another_projects_endpoint_and_running_job_are_named(account: Account, ground: Fake) -> None:
    account.things = {
        ("endpoint", "churn-prod"): "prod",
        ("endpoint", "churn-test"): "test",
        ("job", "fraud-1"): "prod",
        ("job", "fraud-2"): "prod",
    }
    account.ended = {"fraud-2"}
    said = deploy("infra", "destroy", *AWS, "--stack", "acme/prod", "--yes", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW862")
    assert "endpoint churn-prod, job fraud-1 still" in said.json["message"]
    assert ground.verbs == []
    forced = deploy("infra", "destroy", *AWS, "--stack", "acme/prod", "--yes", "--force")
    assert (forced.code, ground.verbs) == (0, ["destroy"])
    assert "endpoint churn-prod, job fraud-1 will lose its ground" in forced.err


def test_where_nothing_lives_it_goes(account: Account, ground: Fake) -> None:
    account.things = {("job", "fraud-2"): "prod"}
    account.ended = {"fraud-2"}
    assert deploy("infra", "destroy", *AWS, "--stack", "prod", "--yes").code == 0
    assert ground.verbs == ["destroy"]


def test_who_cannot_look_does_not_remove(account: Account, ground: Fake) -> None:
    account.fails = ProviderError("credentials", "nobody is signed in", during="look", code="TW210", hint="Sign in")
    said = deploy("infra", "destroy", *AWS, "--stack", "prod", "--yes", "-o", "json")
    assert (said.code, ground.verbs) == (6, [])
    assert "--force" in said.json["hint"]
    assert deploy("infra", "destroy", *AWS, "--stack", "prod", "--yes", "--force").code == 0


def test_a_cloud_that_is_not_deployed_to_says_so(ground: Fake) -> None:
    ground.steps, ground.gives = (step("delete"),), {**GIVES, "root": "gs://acme/tradewind"}
    where = ("--provider", "gcp", "--region", "europe-west4", "-c", "project=acme-ml-1")
    said = deploy("infra", "destroy", *where, "--stack", "prod", "--yes")
    assert (said.code, ground.verbs) == (0, ["destroy"])
    assert "no endpoint and no job was looked for" in " ".join(said.err.split())
