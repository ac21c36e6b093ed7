"""One table of error codes: what the source raises is explained, what is explained is raised, and the page is current."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tradewind.codes import CODES, GENERAL, reference
from tradewind.errors import EXIT_OF_KIND

ROOT = Path(__file__).parents[1]
ROOMS = ("src/tradewind", "cli", "infra", "providers", "training_jobs", "serving", "sandbox")
CODE = re.compile(r"\bTW\d{3}\b")


def _sources() -> Iterator[Path]:
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            if path != ROOT / "src/tradewind/codes.py" and "conformance" not in path.parts:
                yield path


def _raised() -> dict[str, str]:
    """Every code in the source, with one file that names it."""
    return {code: str(path.relative_to(ROOT)) for path in _sources() for code in CODE.findall(path.read_text("utf-8"))}


def test_every_code_in_the_source_is_explained() -> None:
    unknown = {code: where for code, where in _raised().items() if code not in CODES}
    assert not unknown


def test_every_explained_code_is_used() -> None:
    unused = set(CODES) - set(_raised()) - set(GENERAL.values())
    assert not unused


@pytest.mark.parametrize("code", sorted(CODES))
def test_explanations_are_three_good_sentences(code: str) -> None:
    assert CODE.fullmatch(code)
    it = CODES[code]
    assert 8 <= len(it.title) <= 90
    assert it.title[0].isupper() or it.title.startswith(("deploy.yaml", "deploy.lock"))
    assert not it.title.endswith(".")
    for text in (it.meaning, it.remedy):
        assert len(text) >= 25, f"{code}: too short to help: {text!r}"
        assert text.rstrip("`)").endswith((".", ":", "?")), f"{code}: not a sentence: {text!r}"
        assert "TODO" not in text
    assert it.meaning != it.remedy


def test_titles_tell_codes_apart() -> None:
    titles = [it.title.lower() for it in CODES.values()]
    assert len(set(titles)) == len(titles)


def test_general_codes_cover_every_kind_of_provider_error() -> None:
    engine_only = {"spec", "refused", "budget", "timeout", "rolled_back", "locked", "interrupted"}
    assert set(GENERAL) == set(EXIT_OF_KIND) - engine_only
    assert set(GENERAL.values()) <= set(CODES)


def test_page_of_errors_is_current() -> None:
    page = ROOT / "docs" / "errors.md"
    assert page.read_text("utf-8") == reference(), "python -m tradewind.codes > docs/errors.md"
