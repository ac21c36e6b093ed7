"""The comparison as one page and as a comment: whole by itself, safe whatever a text holds, and looked at in Chromium."""

from __future__ import annotations

import re
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fakes import browser
from fakes.shell import deploy

from tradewind.cli import cost
from tradewind.cli.render import costs_html, costs_markdown
from tradewind.engine.results import (
    Amount,
    Comparison,
    LossDoc,
    MachineDoc,
    PartPrice,
    Price,
    PriceAge,
    TargetDoc,
    Unplanned,
)

SPEC = Path(__file__).parents[1] / "examples" / "costs" / "single-l4.yaml"
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)> | @everyone #1 ``` \" '"
needs_chromium = pytest.mark.skipif(browser.CHROMIUM is None, reason="no Chromium here to look at the page with")


class Reader(HTMLParser):
    """What a page is made of, and what is open that should be closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in ("meta", "input", "br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    monkeypatch.setattr(cost, "today", lambda: date(2026, 11, 25))
    monkeypatch.setenv("HOME", str(tmp_path))
    said = deploy("cost", "compare", "-f", str(SPEC), "--regions", "all", "-o", "html")
    assert said.code == 0, said.err
    return said.out


def hostile() -> Comparison:
    """Every text that somebody else may have written."""
    price = Price(amount=1.0, source=EVIL, date=EVIL, text=EVIL)
    amount = Amount(low=1, expected=2, high=3, unknown=(EVIL,), text=EVIL)
    part = PartPrice(
        machine=MachineDoc(id=EVIL, cpus=1, memory_gib=1, gpu=EVIL, gpus=1),
        count=2, hour=price, each=price, spot=price, amount=amount,
    )  # fmt: skip
    target = TargetDoc(
        provider=EVIL, title=EVIL, region=EVIL, possible=False, why_not=(EVIL,), train=part, serve=part, total=amount,
        lost=(LossDoc(path=EVIL, reason=EVIL, instead=EVIL),), notes=(EVIL,),
    )  # fmt: skip
    other = target.model_copy(update={"region": "elsewhere", "notes": ()})
    return Comparison(
        project=EVIL, environment=EVIL, prices=(PriceAge(provider=EVIL, date=EVIL, days=90, old=True),), sort="total",
        targets=(target, other), of=2, unplanned=(Unplanned(provider=EVIL, title=EVIL, reason=EVIL),), notes=(EVIL,),
        left_out=(EVIL,),
    )  # fmt: skip


# ---- the page


def test_the_page_asks_for_nothing_else(page: str) -> None:
    assert not re.search(
        r"""@import|url\(|\b(?:src|href|action)\s*=|https?://""", page.replace("https://chartscss.org", "")
    )
    policies = [meta.get("content") or "" for meta in Reader(page).every("meta")]
    assert any("default-src 'none'" in policy for policy in policies)
    assert len(page) < 200_000


def test_the_page_is_whole_and_can_be_heard(page: str) -> None:
    found = Reader(page)
    assert found.open == []
    assert found.every("html") == [{"lang": "en"}]
    assert page.count("<caption") == len(found.every("table")) == 2
    assert all(head.get("scope") in ("col", "row", "colgroup") for head in found.every("th"))
    assert page.count("<label>") == len(found.every("input"))  # each control stands in its label
    assert {"role": "status", "id": "count", "class": "quiet"} in found.every("span")
    ids = [attributes["id"] for _, attributes in found.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_no_text_becomes_markup() -> None:
    made = costs_html.page(hostile())
    found = Reader(made)
    assert found.open == []
    assert len(found.every("script")) == 1
    assert found.every("img") == []
    assert not any(name.startswith("on") for _, attributes in found.tags for name in attributes)


# ---- the comment


def test_the_comment_is_found_again_and_folded(page: str) -> None:
    said = deploy("cost", "compare", "-f", str(SPEC), "--regions", "all", "-o", "markdown").out
    assert said.startswith("<!-- tradewind:cost -->\n")
    assert said.count("<details>") == said.count("</details>") >= 3
    assert re.search(r"<summary>\d+ more</summary>", said)
    tables = re.findall(r"(?:^\|.*\|$\n)+", said, re.MULTILINE)
    for table in tables:
        assert len({len(row.split("|")) for row in table.splitlines()}) == 1


def test_no_text_becomes_markup_in_a_comment() -> None:
    made = costs_markdown.comment(hostile())
    assert "<script" not in made
    assert "<img" not in made
    assert "@" not in made
    assert "#1" not in made.replace("&#1", "")
    for table in re.findall(r"(?:^\|.*\|$\n)+", made, re.MULTILINE):
        assert len({len(row.split("|")) for row in table.splitlines()}) == 1


# ---- looked at


@needs_chromium
@pytest.mark.parametrize(("scheme", "corner"), [("light", (255, 255, 255)), ("dark", (18, 22, 28))])
@pytest.mark.parametrize("width", [1280, 500])
def test_a_picture_is_taken(page: str, tmp_path: Path, scheme: str, corner: tuple[int, int, int], width: int) -> None:
    file = tmp_path / "cost.html"
    file.write_text(page, encoding="utf-8")
    made = browser.picture(file, tmp_path / "cost.png", tmp_path / "profile", scheme, width, 1400)  # type: ignore[arg-type]
    assert (made.width, made.height, made.corner) == (width, 1400, corner)
    assert made.path.stat().st_size > 40_000  # a chart and a table, not an empty sheet


@needs_chromium
def test_it_sorts_and_filters(page: str, tmp_path: Path) -> None:
    """The last column but one (what it costs together), down; then only what is on AWS."""
    clicks = (
        "<script>const heads = document.querySelectorAll('#targets th[data-column]');"
        "const head = heads[heads.length - 2].querySelector('button'); head.click(); head.click();"
        "document.getElementById('search').value = 'aws'; document.getElementById('search')"
        ".dispatchEvent(new Event('input', {bubbles: true}));</script></body>"
    )
    file = tmp_path / "cost.html"
    file.write_text(page.replace("</body>", clicks), encoding="utf-8")
    made = browser.dom(file, tmp_path / "profile")
    rows = re.findall(r"<tr ([^>]*data-target[^>]*)>(.*?)</tr>", made.partition('id="targets"')[2], re.DOTALL)
    shown = [cells for attributes, cells in rows if "hidden" not in attributes]
    assert len(rows) > len(shown) > 3
    assert all("aws " in cells for cells in shown)
    totals = [re.findall(r'data-value="([^"]*)"', cells)[-2] for _, cells in rows]
    known = [float(text) for text in totals if text]
    assert known == sorted(known, reverse=True)
    assert totals == [text for text in totals if text] + [text for text in totals if not text]  # unknown stays last
    assert f"{len(shown)} of {len(rows)} shown" in made
    bars = re.findall(r"<tr ([^>]*data-target[^>]*)>", made.partition('id="targets"')[0])
    assert sum("hidden" not in attributes for attributes in bars) <= len(shown)
    assert 'aria-sort="descending"' in made


@needs_chromium
def test_it_prints(page: str, tmp_path: Path) -> None:
    file = tmp_path / "cost.html"
    file.write_text(page, encoding="utf-8")
    assert browser.printed(file, tmp_path / "cost.pdf", tmp_path / "profile").startswith(b"%PDF")
