"""Tables of figures."""

from __future__ import annotations

from tradewind.cli.render.columns import Column, table
from tradewind.cli.render.paper import Paper

COLUMNS = (
    Column("name"),
    Column("what", spare=1),
    Column("money", right=True),
    Column("never"),
    Column("more", spare=2),
)
ROWS = [["one", "some words", "1.25", "", "x"], ["another", "words", "100.00", "", "y"]]


def test_figures_stand_to_the_right_and_empty_columns_nowhere() -> None:
    assert list(table(COLUMNS, ROWS, Paper(width=80))) == [
        "name     what         money  more",
        "one      some words    1.25  x",
        "another  words       100.00  y",
    ]


def test_what_can_be_spared_goes_first() -> None:
    assert next(table(COLUMNS, ROWS, Paper(width=30))) == "name     what         money"
    assert next(table(COLUMNS, ROWS, Paper(width=20))) == "name      money"


def test_a_block_a_row_where_nothing_else_fits() -> None:
    columns = (Column("name"), Column("what"), Column("more"))
    lines = list(table(columns, [["a" * 15, "b" * 15, ""], ["", "", "c"]], Paper(width=24)))
    assert lines == ["  name  aaaaaaaaaaaaaaa", "  what  bbbbbbbbbbbbbbb", "  more  c"]
