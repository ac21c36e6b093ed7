"""`foundation: {stack: NAME}` of which nothing was published here: the stack itself is read, and nothing is made for it."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shell import deploy

from tests.cli.test_infra import GIVES, Fake, ground
from tradewind.cli.infra_publish import published_by
from tradewind.errors import ProviderError
from tradewind.infra.adapter import command

__all__ = ["ground"]  # the fixture
SPEC = "name: churn\nprovider: aws\naws: {region: eu-west-1}\nfoundation: {stack: prod}\ntrain: {command: 'true', source: .}\n"


@pytest.fixture(autouse=True)
def here(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("deploy.yaml").write_text(SPEC)
    monkeypatch.setattr(command, "find", lambda: Path("/usr/bin/pulumi"))
    monkeypatch.setenv("PULUMI_HOME", str(Path.cwd() / "pulumi"))


def test_a_stack_that_is_there_is_stood_on(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{Path.cwd()}")
    ground.gives = GIVES
    found = published_by("prod", Path.cwd())
    assert found is not None
    assert (found.root, found.region, found.outputs) == (GIVES["root"], "eu-west-1", GIVES["outputs"])
    assert ground.place is not None
    assert (ground.place.stack, ground.place.folder) == ("prod", None)
    assert ground.place.environ == {"PULUMI_CONFIG_PASSPHRASE": ""}


def test_a_stack_that_is_not_there_is_nothing_to_stand_on(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", f"file://{Path.cwd()}")
    said = deploy("train", "status", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW043")
    assert "nothing was published of stack 'prod'" in said.json["message"]


def test_pulumi_is_not_asked_where_it_keeps_nothing(ground: Fake) -> None:
    ground.gives = GIVES
    assert published_by("prod", Path.cwd()) is None
    assert ground.place is None


def test_what_pulumi_says_is_passed_on(ground: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("Pulumi.yaml").write_text("name: ours\nruntime: python\nbackend: {url: 's3://acme-state'}\n")

    def fails() -> None:
        raise ProviderError("credentials", "nobody is signed in", during="outputs", code="TW815", hint="pulumi login")

    monkeypatch.setattr(ground, "outputs", fails)
    said = deploy("train", "status")
    assert (said.code, "prod cannot be read: outputs: nobody is signed in" in " ".join(said.err.split())) == (2, True)
