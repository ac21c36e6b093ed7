"""CSV files as a table: one or many files with the same header, columns that are numbers or words, a target."""

from __future__ import annotations

import csv
import os
from dataclasses import dataclass
from typing import Any, Iterator

from tradewind.training_jobs.jobs.problems import JobError

MISSING = frozenset(["", "na", "n/a", "nan", "null", "none", "?"])
MANY_WORDS = 100  # different words in a column that holds little else than different words: an identifier
SUFFIXES = (".csv", ".tsv", ".txt")


@dataclass(frozen=True)
class Table:
    """`rows` hold floats (NaN for missing) in numeric columns and str or None in the others."""

    names: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: list[list[Any]]
    target: list[Any]
    notes: tuple[str, ...]

    def columns(self, numeric: bool) -> list[int]:
        return [index for index, found in enumerate(self.numeric) if found is numeric]


def read(path: str, target: str, drop: tuple[str, ...] = ()) -> Table:
    """Raises JobError: no file, empty, no such column, rows of unequal length, no target left."""
    header, raw = _raw(path)
    for name in (target, *drop):
        if name not in header:
            raise JobError(f"there is no column {name!r} in {os.path.basename(path)}; there are: {', '.join(header)}")
    notes: list[str] = []
    at = header.index(target)
    kept = [row for row in raw if not missing(row[at])]
    if len(kept) < len(raw):
        notes.append(f"{len(raw) - len(kept)} of {len(raw)} rows have no {target!r} and were left out")
    if not kept:
        raise JobError(f"no row has a value in the target column {target!r}")
    columns: list[tuple[str, bool, list[Any]]] = []
    for index, name in enumerate(header):
        if index == at or name in drop:
            continue
        found = _column(name, [row[index] for row in kept], notes)
        if found:
            columns.append((name, *found))
    if not columns:
        raise JobError(f"no column is left to learn from besides the target {target!r}")
    rows = [list(cells) for cells in zip(*(cells for _, _, cells in columns))]
    labels = [row[at].strip() for row in kept]
    return Table(tuple(n for n, _, _ in columns), tuple(k for _, k, _ in columns), rows, labels, tuple(notes))


def numbers(cells: list[str]) -> list[float] | None:
    """None where one of them is a word."""
    found = []
    for cell in cells:
        try:
            found.append(float("nan") if missing(cell) else float(cell))
        except ValueError:
            return None
    return found


def missing(cell: str) -> bool:
    return cell.strip().lower() in MISSING


def _column(name: str, cells: list[str], notes: list[str]) -> tuple[bool, list[Any]] | None:
    there = [cell for cell in cells if not missing(cell)]
    if not there:
        notes.append(f"column {name!r} is empty and was left out")
        return None
    found = numbers(cells)
    if found is not None:
        return True, found
    different = len(set(there))
    if different > MANY_WORDS and different > len(there) // 2:
        notes.append(f"column {name!r} has {different} different words, like an identifier, and was left out")
        return None
    return False, [None if missing(cell) else cell.strip() for cell in cells]


def _raw(path: str) -> tuple[list[str], list[list[str]]]:
    header: list[str] = []
    rows: list[list[str]] = []
    for file in _files(path):
        found = list(_lines(file))
        if not found:
            raise JobError(f"{file} is empty: it needs a header and rows")
        names = [name.strip() for name in found[0]]  # `a, b` is written as often as `a,b`
        if header and names != header:
            raise JobError(f"{file} has another header than the files before it")
        header = names
        for number, row in enumerate(found[1:], 2):
            if len(row) != len(header):
                raise JobError(f"{file}, row {number}: {len(row)} cells where the header has {len(header)}")
            rows.append(row)
    if len(set(header)) < len(header):
        raise JobError(f"the header names a column twice: {', '.join(header)}")
    if not rows:
        raise JobError(f"{path} has a header and no rows")
    return header, rows


def _files(path: str) -> list[str]:
    if os.path.isfile(path):
        return [path]
    if not os.path.isdir(path):
        raise JobError(f"there is no data at {path}")
    found = [
        os.path.join(folder, name)
        for folder, _, names in sorted(os.walk(path))
        for name in sorted(names)
        if name.lower().endswith(SUFFIXES) and not name.startswith(".")
    ]
    if not found:
        raise JobError(f"{path} holds no file that ends in {', '.join(SUFFIXES)}")
    return found


def _lines(path: str) -> Iterator[list[str]]:
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            start = file.read(8192)
            file.seek(0)
            separator = max(",;\t", key=start.partition("\n")[0].count)
            for row in csv.reader(file, delimiter=separator):
                if row:
                    yield row
    except UnicodeDecodeError as error:
        raise JobError(f"{path} is not UTF-8 text (byte {error.start})") from None
    except (OSError, csv.Error) as error:
        raise JobError(f"{path} cannot be read: {error}") from None
