"""Commands told to try next work when they are copied: they lead where this one led."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shell import deploy

from tradewind.cli.errors import for_people
from tradewind.cli.hints import aimed
from tradewind.cli.render.paper import Paper
from tradewind.engine import nexts
from tradewind.engine.open import Work
from tradewind.errors import FailedError
from tradewind.spec import load

FLAGS = ("-f", "my specs/a.yaml", "--env", "prod")


@pytest.mark.parametrize(
    ("hint", "wanted"),
    [
        ("deploy train logs churn-1", "deploy train logs -f 'my specs/a.yaml' --env prod churn-1"),
        (
            "`deploy up --release-hold` tries again",
            "`deploy up -f 'my specs/a.yaml' --env prod --release-hold` tries again",
        ),
        ("`deploy schema` prints every key", "`deploy schema` prints every key"),
        ("deploy status --env other", "deploy status --env other"),
        ("deploy uploads", "deploy uploads"),
    ],
)
def test_a_hint_keeps_the_target(hint: str, wanted: str) -> None:
    assert aimed(hint, FLAGS) == wanted
    assert aimed(hint, ()) == hint


@pytest.mark.parametrize(
    ("hint", "wanted"),
    [
        ("deploy up", "deploy up --provider aws --sandbox"),
        ("deploy endpoint logs words --provider aws", "deploy endpoint logs --sandbox words --provider aws"),
        ("deploy endpoint logs words --provider aws --sandbox", "deploy endpoint logs words --provider aws --sandbox"),
        ("deploy sandbox stop", "deploy sandbox stop"),
    ],
)
def test_a_hint_stays_in_the_sandbox(hint: str, wanted: str) -> None:
    assert aimed(hint, ("--provider", "aws", "--sandbox")) == wanted


def test_an_error_tells_a_command_for_the_same_target(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.parent)
    said = deploy("endpoint", "connect", "-f", "words", "-o", "json")
    assert said.code == 1
    assert "`deploy up -f words` makes it" in said.json["hint"]
    assert "`deploy up -f words` makes it" in " ".join(said.err.split())
    assert "deploy train run -f words" in deploy("train", "list", "-f", "words").out


def test_next_commands_of_up_keep_the_target_and_find_the_request(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project.parent)
    file = project / "deploy.yaml"
    spec = load(file, environ={})
    invoke, connect, _ = nexts.after_up(Work(spec, file, target=("-f", "words", "--provider", "local")), serves=True)
    assert invoke == "deploy endpoint invoke -f words --provider local --file words/request.json"
    assert connect == "deploy endpoint connect -f words --provider local"
    assert nexts.after_up(Work(spec, file, "prod"), serves=True)[2] == f"deploy status -f {file} --env prod"


@pytest.mark.parametrize("width", [20, 40, 60])
def test_a_command_is_never_broken_over_two_lines(width: int) -> None:
    command = "deploy train logs --env prod churn-3f9a1c2b4d-1 --follow"
    shown = Paper(width).wrap(f"it goes on; `{command}` reads, (`{command}`) too, and `deploy is not closed", 2, 4)
    assert sum(f"`{command}`" in line for line in shown) == 2
    assert " ".join(" ".join(shown).split()).endswith("too, and `deploy is not closed")
    error = FailedError("it failed", code="TW410", hint=command)
    assert f"  next  {command}" in for_people(error, Paper(width))
