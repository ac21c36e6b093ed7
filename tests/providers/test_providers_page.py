"""docs/providers.md shows the real files of the example: every excerpt is found in its file, word for word."""

from __future__ import annotations

import re

from fakes.tools import ROOT

PAGE = ROOT / "docs" / "providers.md"
EXAMPLE = ROOT / "tests" / "providers" / "third_party"
EXCERPT = re.compile(r"^<!-- (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"^```(?:python|toml)$", re.MULTILINE)


def test_every_excerpt_is_in_its_file() -> None:
    text = PAGE.read_text("utf-8")
    excerpts = EXCERPT.findall(text)
    assert len(excerpts) == len(CODE.findall(text)), "a block of code does not say which file it is from"
    assert len(excerpts) >= 8
    for name, excerpt in excerpts:
        assert excerpt in (EXAMPLE / name).read_text("utf-8"), f"{name} no longer holds:\n{excerpt}"


def test_files_that_the_page_links_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE.read_text("utf-8")):
        assert (PAGE.parent / target).exists(), target


def test_the_suite_has_a_reason_for_every_check() -> None:
    """The page says that each check's docstring says why it is there."""
    from tradewind.providers.conformance import ProviderConformance

    checks = [value for name, value in vars_of(ProviderConformance).items() if name.startswith("test_")]
    assert len(checks) > 40
    assert all(check.__doc__ and len(check.__doc__.split()) >= 3 for check in checks)


def vars_of(suite: type) -> dict[str, object]:
    return {name: getattr(suite, name) for name in dir(suite)}
