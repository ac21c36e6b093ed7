"""Layout: nothing is wider than the paper but what must survive copying, and nothing is lost."""

from __future__ import annotations

import io

import click
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper, cells

WORDS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=30), max_size=30
)


@given(WORDS, st.integers(20, 110), st.integers(0, 8), st.integers(0, 8))
def test_wrapping_keeps_every_word_and_the_width(words: list[str], width: int, indent: int, hang: int) -> None:
    words = [w for w in words if "://" not in w]
    lines = Paper(width).wrap(" ".join(words), indent, hang)
    assert "".join("".join(lines).split()) == "".join("".join(words).split())
    if all(word.isascii() for word in words):
        assert all(cells(line) <= width for line in lines)


def test_an_address_is_never_cut() -> None:
    url = "http://127.0.0.1:12345/" + "x" * 60
    assert url in Paper(30).wrap(f"the URL is {url}")


def test_styles_take_no_room() -> None:
    paper = Paper(40, color=True)
    styled = paper.wrap(" ".join(paper.bold(f"word{n}") for n in range(20)))
    plain = Paper(40).wrap(" ".join(f"word{n}" for n in range(20)))
    assert [click.unstyle(line) for line in styled] == plain


@given(st.lists(st.tuples(*[st.text("abc def", max_size=24)] * 4), min_size=1, max_size=5), st.integers(20, 110))
def test_tables_fit_narrow_paper(rows: list[tuple[str, ...]], width: int) -> None:
    lines = Paper(width).table(("name", "state", "version", "why"), rows)
    assert all(cells(line) <= max(width, 30) for line in lines)
    text = " ".join(lines)
    for row in rows:
        for cell in row:
            for word in cell.split():
                assert word in text or len(word) > width // 2


def test_a_table_lines_up_its_columns() -> None:
    lines = Paper(60).table(("name", "state"), [["a", "ok"], ["longer", "bad"]], indent=0)
    assert lines == ["name    state", "a       ok", "longer  bad"]


def test_an_empty_column_is_left_out() -> None:
    assert Paper(60).table(("name", "none", "state"), [["a", "", "ok"]], indent=0) == ["name  state", "a     ok"]


def test_paper_of_a_stream_that_is_no_terminal_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    paper = Paper.of(io.StringIO())
    assert not paper.color
    assert Paper.of(None) == Paper(100, color=False, unicode=False)


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def test_colour_goes_with_no_color_and_dumb_terminals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert Paper.of(Terminal()).color
    monkeypatch.setenv("TERM", "dumb")
    assert not Paper.of(Terminal()).color
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not Paper.of(Terminal()).color


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 s"),
        (0.34, "340 ms"),
        (12, "12 s"),
        (240, "4 min"),
        (3600, "1 h"),
        (7500, "2 h 5 min"),
        (260000, "3 days"),
    ],
)
def test_seconds_as_people_say_them(value: float, text: str) -> None:
    assert pieces.seconds(value) == text
