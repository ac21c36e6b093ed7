"""`deploy history --cost`: every form, bad words, and a ledger of a newer tool."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes.shell import deploy

from tradewind.cli.render import costs_csv, project
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import Amount, Spending, SpendingRow

AMOUNT = Amount(low=1.0, expected=1.0, high=2.0, text="1.00 to 2.00 USD", unknown=("run j has no price in the ledger",))
SPENT = Spending(project="churn", environment="prod", provider="aws", by="each", label="estimated from list prices, not a bill",
                 rows=(SpendingRow(name="version abc", hours_low=1, hours_high=2, amount=AMOUNT),), totals=(AMOUNT,))  # fmt: skip


def test_it_says_that_it_is_no_bill_and_what_is_not_counted() -> None:
    text = "\n".join(project.spending(SPENT, Paper(100)))
    assert "not a bill" in text
    assert "Not counted: run j has no price" in text
    assert "1.00 to 2.00" in text


def test_a_run_of_seconds_took_some_hours() -> None:
    row = SpendingRow(name="run j", hours_low=3 / 3600, hours_high=3 / 3600, amount=AMOUNT)
    assert "run j  0.0008  " in "\n".join(project.spending(SPENT.model_copy(update={"rows": (row,)}), Paper(100)))


def test_csv() -> None:
    head, row = costs_csv.spending(SPENT).splitlines()
    assert head.startswith("name,hours_low,hours_high,low,high,currency")
    assert row.startswith("version abc,1.0,2.0,1.0,2.0,USD")


@pytest.mark.parametrize(
    "words",
    [("--since", "30d"), ("--by", "run"), ("--cost", "--by", "colour"), ("--cost", "--since", "soon"), ("--cost", "-n", "1"),
     ("--cost", "--by", "tag:"), ("-o", "csv")],
)  # fmt: skip
def test_words_that_do_not_fit(words: tuple[str, ...], project: object) -> None:
    said = deploy("history", *words)
    assert said.code == 2
    assert "Traceback" not in said.err


def test_nothing_was_spent(project: object) -> None:
    said = deploy("history", "--cost", "-o", "json")
    assert said.code == 0, said.err
    assert said.json["rows"] == []


def test_a_project_is_all_its_environments(project: Path) -> None:
    spec = project / "deploy.yaml"
    spec.write_text(spec.read_text("utf-8") + "\nenvironments:\n  prod: {}\n  gone: {provider: gcp}\n", "utf-8")
    every = deploy("history", "--cost", "--by", "project", "-o", "json")
    assert every.code == 0, every.err
    assert every.json["environment"] == "default, prod"
    assert any(note.startswith("gone is not counted: ") for note in every.json["notes"])
    one = deploy("history", "--cost", "--by", "environment", "--env", "prod", "-o", "json")
    assert one.json["environment"] == "prod"
