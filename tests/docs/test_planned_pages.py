"""docs/providers/gcp.md and azure.md: tables are what the code says, specs can be planned, claims are complete."""

from __future__ import annotations

import re
from pathlib import Path
from types import ModuleType

import pytest
from fakes import pages
from fakes.shell import deploy

from docs.providers import azure_tables, gcp_tables
from tradewind.providers.azure import losses as azure_losses
from tradewind.providers.azure import region as azure_region
from tradewind.providers.azure import serve_losses as azure_serve
from tradewind.providers.azure import train_losses as azure_train
from tradewind.providers.gcp import losses as gcp_losses
from tradewind.providers.gcp import region as gcp_region
from tradewind.providers.gcp import serve_losses as gcp_serve
from tradewind.providers.gcp import train_losses as gcp_train

PAGES = {"gcp": gcp_tables.PAGE.read_text("utf-8"), "azure": azure_tables.PAGE.read_text("utf-8")}
LOSSES = {"gcp": (gcp_losses, gcp_serve, gcp_train), "azure": (azure_losses, azure_serve, azure_train)}
SPECS = [(name, spec) for name, page in PAGES.items() for spec in pages.specs(page)]


@pytest.mark.parametrize(("name", "tables"), [("gcp", gcp_tables), ("azure", azure_tables)])
def test_tables_are_written_from_the_code(name: str, tables: ModuleType) -> None:
    """Otherwise: python -m docs.providers.gcp_tables, or azure_tables"""
    assert tables.filled(PAGES[name]) == PAGES[name]


@pytest.mark.parametrize(
    ("name", "module"),
    [(name, module) for name, modules in LOSSES.items() for module in modules],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
def test_every_loss_there_is_stands_in_the_table(name: str, module: ModuleType) -> None:
    assert pages.unlisted(PAGES[name], module) == []


@pytest.mark.parametrize(("name", "region"), [("gcp", gcp_region), ("azure", azure_region)])
def test_every_variable_that_names_a_region_stands_in_the_page(name: str, region: ModuleType) -> None:
    found = re.findall(r"`([A-Z]+(?:_[A-Z]+)+)`", PAGES[name])
    assert [one for one in found if one in region.VARIABLES] == list(region.VARIABLES)


@pytest.mark.parametrize("spec", [spec for _, spec in SPECS], ids=[f"{n}-{s.split()[1]}" for n, s in SPECS])
def test_a_spec_can_be_planned(spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an account: there is a machine and an image, and no loss that was not agreed to."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deploy.yaml").write_text(spec)
    (tmp_path / "training").mkdir()
    for name in ("training/train.py", "serve.py"):
        (tmp_path / name).write_text("")
    plan = deploy("plan", "-o", "json").json
    assert (plan["looked"], plan["blockers"], plan["refusals"]) == (False, [], [])
    assert "planning and prices only" in plan["could_not_look"]
    assert plan["changes"]
