"""Ten specs and what they cost on every cloud, as tables that a person can check by hand, at the shipped prices.

`TRADEWIND_WRITE=1 pytest tests/examples/test_costs.py` writes them anew; look at the difference before it is committed.
"""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from fakes.shell import deploy

from tradewind.cli import cost
from tradewind.cli.render.paper import Paper

FOLDER = Path(__file__).parent / "costs"
SPECS = sorted(FOLDER.glob("*.yaml"))
WRITE = "TRADEWIND_WRITE" in os.environ  # before tests are given an environment of their own


@pytest.fixture(autouse=True)
def plain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One day, the shipped prices, and no region that this machine's own settings would name."""
    monkeypatch.setattr(cost, "today", lambda: date(2026, 11, 25))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TRADEWIND_HOME", str(tmp_path / "home"))
    for name in [
        name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "CLOUDSDK_", "AZURE", "TRADEWIND_P"))
    ]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(Paper, "of", lambda *_: Paper(width=110))


def told(spec: Path) -> str:
    compared = deploy("cost", "compare", "-f", str(spec))
    estimated = deploy("cost", "estimate", "-f", str(spec))
    assert (compared.code, estimated.code) == (0, 0), compared.err + estimated.err
    parts = (spec.read_text(encoding="utf-8"), compared.out, estimated.out)
    return f"\n{'-' * 110}\n\n".join(part.rstrip("\n") + "\n" for part in parts)


@pytest.mark.parametrize("spec", SPECS, ids=lambda path: path.stem)
def test_a_spec_costs_what_its_table_says(spec: Path) -> None:
    golden, found = spec.with_suffix(".txt"), told(spec)
    if WRITE:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_there_are_ten_and_no_table_is_left_over() -> None:
    assert len(SPECS) == 10
    assert {path.stem for path in FOLDER.glob("*.txt")} == {path.stem for path in SPECS}
