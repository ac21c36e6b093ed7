"""docs/providers/azure.md: its tables are what the code says, its specs can be planned, and its claims are complete."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from fakes import pages
from fakes.shell import deploy

from docs.providers import azure_tables
from tradewind.providers.azure import losses, serve_losses, train_losses
from tradewind.providers.azure.region import VARIABLES

PAGE = azure_tables.PAGE.read_text("utf-8")


def test_tables_are_written_from_the_code() -> None:
    """Otherwise: python -m docs.providers.azure_tables"""
    assert azure_tables.filled(PAGE) == PAGE


@pytest.mark.parametrize("module", [losses, train_losses, serve_losses], ids=lambda module: module.__name__)
def test_every_loss_there_is_stands_in_the_table(module: ModuleType) -> None:
    assert pages.unlisted(PAGE, module) == []


def test_every_variable_that_names_a_region_stands_in_the_page() -> None:
    found = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGE)
    assert [name for name in found if name in VARIABLES] == list(VARIABLES)


@pytest.mark.parametrize("spec", pages.specs(PAGE), ids=lambda spec: spec.split()[1])
def test_a_spec_can_be_planned(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Azure: there is a machine and an image, and no loss that was not agreed to."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy.yaml").write_text(spec)
    (tmp_path / "training").mkdir()
    for name in ("training/train.py", "serve.py"):
        (tmp_path / name).write_text("")
    plan = deploy("plan", "-o", "json").json
    assert (plan["looked"], plan["blockers"], plan["refusals"]) == (False, [], [])
    assert "planning and prices only" in plan["could_not_look"]
    assert plan["changes"]
