"""A provider's own checks are findings of the doctor."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.provider import FakeCloud, FakeInfo, FakeProvider
from fakes.shell import deploy

from tradewind.errors import ProviderError
from tradewind.providers import registry
from tradewind.providers.base import Check
from tradewind.values import Run

SPEC = "name: churn\nprovider: sky\ntrain: {command: 'true', framework: sklearn}\n"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy.yaml").write_text(SPEC)
    return tmp_path


@pytest.fixture(autouse=True)
def sky() -> Iterator[FakeCloud]:
    """A registered provider that has checks."""
    info = FakeInfo()
    info.name = "sky"
    with registry.registered(registry.Entry("sky", "x:y"), info):
        yield info.cloud


def findings() -> tuple[int, dict[str, dict[str, str]]]:
    said = deploy("doctor", "-o", "json")
    return said.code, {one["name"]: one for one in said.json["findings"]}


def test_the_three_answers(sky: FakeCloud) -> None:
    sky.checks = [
        Check("role", "ok", "it is there"),
        Check("quota", "will_fail", "0 machines are allowed", "ask for more"),
        Check("region", "cannot_tell", "nobody said"),
    ]
    code, found = findings()
    assert code == 1
    assert [found[name]["verdict"] for name in ("role", "quota", "region")] == ["ok", "bad", "unknown"]
    assert found["quota"]["fix"] == "ask for more"
    assert "credentials" not in found  # who is signed in is the provider's own to say


def test_what_cannot_be_told_is_no_fault(sky: FakeCloud) -> None:
    sky.checks = [Check("region", "cannot_tell", "nobody said")]
    assert findings()[0] == 0


@pytest.mark.parametrize("resolves", [True, False])
def test_it_is_asked_about_the_whole_spec_or_about_the_account_alone(
    folder: Path, monkeypatch: pytest.MonkeyPatch, resolves: bool
) -> None:
    asked: list[Run | None] = []
    monkeypatch.setattr(FakeProvider, "preflight", lambda self, run, want, policy: asked.append(run) or ())
    if not resolves:
        (folder / "deploy.yaml").write_text(SPEC.replace("'true'", "'true', source: nowhere"))
    findings()
    [run] = asked
    assert (run is not None) == resolves
    assert run is None or run.name.startswith("churn-")  # as the job will be called, for permissions that hang on it


def test_a_check_that_itself_fails_says_so(sky: FakeCloud) -> None:
    sky.faults.throttle()
    _, found = findings()
    assert found["preflight"]["verdict"] == "unknown"


def test_without_credentials_no_check_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise ProviderError("credentials", "nobody is signed in", during="connect", code="TW101", hint="sign in")

    monkeypatch.setattr(FakeInfo, "connect", refuse)
    code, found = findings()
    assert (code, found["credentials"]["verdict"], found["credentials"]["fix"]) == (1, "bad", "sign in")
