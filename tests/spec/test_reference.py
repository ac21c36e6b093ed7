"""docs/reference/deploy-yaml.md is what the models say today."""

from __future__ import annotations

from pathlib import Path

from tradewind.spec.reference import reference

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "deploy-yaml.md"


def test_the_page_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == reference(), (
        "run: python -m tradewind.spec.reference docs/reference/deploy-yaml.md"
    )


def test_every_key_has_a_meaning() -> None:
    rows = [line for line in reference().splitlines() if line.startswith("| `") and line.count(" | ") == 3]
    assert len(rows) > 150
    assert not [row for row in rows if row.rstrip(" |").endswith("|") or not row.split(" | ")[3].strip(" |")]
