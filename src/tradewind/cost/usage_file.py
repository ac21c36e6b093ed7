"""Reading `serve.usage.file`: requests a second, one row for each equal part of a period that repeats."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Protocol

from tradewind.errors import Problem, SpecError

CODE = "TW068"
HINT = "a load is a CSV with the header `requests_per_second` and one number a line: 24 for a day, 168 for a week"
COLUMN = "requests_per_second"
MOST_BYTES = 1_000_000
MOST_ROWS = 10_080  # the minutes of a week
MOST = Decimal(10_000_000)


class Reader(Protocol):
    """Of csv.reader, whose class has no public name."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def read(path: Path, name: str) -> tuple[Decimal, ...]:
    """`name` is the file as people wrote it. Raises SpecError with the place of everything that is wrong."""
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise _wrong([Problem("serve.usage.file", f"{name} is not there", value=name)]) from None
    except OSError as error:
        raise _wrong([Problem("serve.usage.file", f"{name} cannot be read: {error.strerror}", value=name)]) from None
    if len(data) > MOST_BYTES:
        raise _wrong([Problem("", f"is larger than {MOST_BYTES:,} bytes", name)])
    try:
        return reads(data.decode("utf-8-sig"), name)
    except UnicodeDecodeError:
        raise _wrong([Problem("", "is not UTF-8", name)]) from None


def reads(text: str, name: str) -> tuple[Decimal, ...]:
    """`read`, of what is in the file."""
    reader = csv.reader(text.splitlines(), skipinitialspace=True)
    try:
        return _read(reader, name)
    except csv.Error as error:
        raise _wrong([Problem("", f"is no CSV: {error}", name, reader.line_num, 1)]) from None


def _read(reader: Reader, name: str) -> tuple[Decimal, ...]:
    found: list[Decimal] = []
    problems: list[Problem] = []
    column: int | None = None
    for row in reader:
        line = reader.line_num
        if not any(cell.strip() for cell in row):
            continue
        if column is None:
            names = [cell.strip() for cell in row]
            if COLUMN not in names:
                said = f"has no column {COLUMN}; the first line names {', '.join(names)}"
                raise _wrong([Problem("", said, name, line, 1)])
            column = names.index(COLUMN)
            continue
        value = _number(row[column]) if column < len(row) else None
        if value is None:
            shown = row[column] if column < len(row) else ""
            problems.append(Problem(COLUMN, f"must be a number from 0 to {MOST}", name, line, column + 1, shown[:40]))
        else:
            found.append(value)
    if not found and not problems:
        problems.append(Problem("", f"holds no row; {HINT}", name))
    if len(found) > MOST_ROWS:
        problems.append(Problem("", f"holds more than {MOST_ROWS:,} rows", name))
    if problems:
        raise _wrong(problems[:100])
    return tuple(found)


def _number(text: str) -> Decimal | None:
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and 0 <= value <= MOST else None


def _wrong(problems: list[Problem]) -> SpecError:
    return SpecError(problems, code=CODE, hint=HINT)
