"""Tables of figures: numbers to the right, and columns left out one by one where the terminal is too narrow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tradewind.cli.render.paper import Paper, cells, pad

GAP = 2


@dataclass(frozen=True)
class Column:
    """`spare`: in this order columns are left out where there is no room, the highest first; 0 never."""

    title: str
    right: bool = False
    spare: int = 0


def table(columns: Sequence[Column], rows: Sequence[Sequence[str]], paper: Paper) -> Iterator[str]:
    """A line a row, under dim titles. Empty columns are left out. Where even the narrowest is too wide: a block a row."""
    widths = [max([cells(c.title), *(cells(row[i]) for row in rows)]) for i, c in enumerate(columns)]
    keep = [i for i in range(len(columns)) if any(row[i].strip() for row in rows)]
    while sum(widths[i] + GAP for i in keep) - GAP > paper.width:
        spare = max(keep, key=lambda i: columns[i].spare)
        if columns[spare].spare == 0:
            yield from _blocks(columns, rows, paper)
            return
        keep.remove(spare)
    yield paper.dim(_line([columns[i].title for i in keep], keep, widths, columns))
    for row in rows:
        yield _line([row[i] for i in keep], keep, widths, columns)


def _blocks(columns: Sequence[Column], rows: Sequence[Sequence[str]], paper: Paper) -> Iterator[str]:
    label = max(cells(column.title) for column in columns) + GAP
    for number, row in enumerate(rows):
        if number and row[0] + row[1]:  # a row without a name goes on with the one before
            yield ""
        for column, text in zip(columns, row, strict=True):
            if text.strip():
                yield from paper.field(column.title, text.strip(), label)


def _line(texts: Sequence[str], keep: Sequence[int], widths: Sequence[int], columns: Sequence[Column]) -> str:
    each = (
        " " * (widths[i] - cells(text)) + text if columns[i].right else pad(text, widths[i])
        for text, i in zip(texts, keep, strict=True)
    )
    return (" " * GAP).join(each).rstrip()
