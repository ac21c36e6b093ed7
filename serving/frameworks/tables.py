"""From decoded inputs to arrays for the built-in models; what does not fit is the caller's mistake (400)."""

from __future__ import annotations

import sys
from typing import Any, Sequence

import numpy

from tradewind.serving.errors import HttpError, bad

_FORMS = "send a list of rows ([[1, 2], [3, 4]]), a list of records ([{...}]), or columns ({name: [...]})"


def is_records(inputs: Any) -> bool:
    return isinstance(inputs, list) and bool(inputs) and isinstance(inputs[0], dict)


def is_columns(inputs: Any) -> bool:
    return isinstance(inputs, dict) and bool(inputs) and all(isinstance(column, list) for column in inputs.values())


def columns(inputs: Any) -> dict[str, list[Any]] | None:
    """Records or columns as columns; None for rows. Raises HttpError when records or columns do not fit each other."""
    if is_columns(inputs):
        if len({len(column) for column in inputs.values()}) > 1:
            raise bad("the columns differ in length")
        found: dict[str, list[Any]] = inputs
        return found
    if is_records(inputs):
        names = list(inputs[0])
        for number, row in enumerate(inputs):
            if not isinstance(row, dict) or row.keys() != inputs[0].keys():
                raise bad(f"record {number} has other keys than the first: {', '.join(map(str, names))}")
        return {name: [row[name] for row in inputs] for name in names}
    return None


def with_header(inputs: Any, names: Sequence[str] | None) -> Any:
    """Rows under a first row that holds the model's own names, as CSV often has them, as records; else what was given."""
    if not names or not isinstance(inputs, list) or not inputs or not isinstance(inputs[0], list):
        return inputs
    first, rows = inputs[0], inputs[1:]
    if not all(isinstance(cell, str) for cell in first) or not set(names) <= set(first):
        return inputs
    if any(not isinstance(row, list) or len(row) != len(first) for row in rows):
        raise bad(f"a row has not as many values as the header's {len(first)}")
    return [dict(zip(first, row)) for row in rows]


def in_order(table: dict[str, list[Any]], names: Sequence[str] | None) -> list[list[Any]]:
    """The columns' values as rows, in the model's order where the model knows its names."""
    if names is not None:
        missing = [name for name in names if name not in table]
        if missing:
            raise bad(f"columns are missing: {', '.join(missing[:10])}")
    return [list(row) for row in zip(*(table[name] for name in (names if names is not None else table)))]


def matrix(inputs: Any, names: Sequence[str] | None = None, width: int | None = None, kind: Any = None) -> Any:
    """A two-dimensional array of rows. `names`: the model's columns; `width`: how many it wants; `kind`: a dtype.

    Numbers when all cells are numbers or null (as NaN), else an array of objects. Raises HttpError 400 or 415.
    """
    if isinstance(inputs, (bytes, str)):
        raise HttpError(415, f"this model takes tables: {_FORMS}, or text/csv or application/x-npy")
    inputs = with_header(inputs, names)
    if not isinstance(inputs, (list, numpy.ndarray)):
        table = columns(inputs)
        if table is None:
            raise bad(f"this model takes tables: {_FORMS}")
        inputs = in_order(table, names)
    elif isinstance(inputs, list) and inputs and isinstance(inputs[0], dict):
        inputs = in_order(columns(inputs) or {}, names)
    array = array_of(inputs, kind)
    if array.ndim != 2:
        raise bad(f"the inputs have {array.ndim} dimension(s) where a table has 2: {_FORMS}")
    if array.shape[0] == 0:
        raise bad("the inputs hold no rows")
    if width is not None and array.shape[1] != width:
        raise bad(f"rows have {array.shape[1]} values, but the model takes {width}")
    return array


def array_of(inputs: Any, kind: Any = None) -> Any:
    """An array of numbers where all is numbers or null, else of objects. Raises HttpError 400 for ragged inputs."""
    if isinstance(inputs, numpy.ndarray):
        return inputs if kind is None else _cast(inputs, kind)
    try:
        array = numpy.asarray(inputs, dtype=kind)
    except (ValueError, TypeError, OverflowError) as error:
        if kind is not None:
            return _cast(_objects(inputs), kind)
        raise bad(f"the inputs are no table: {_said(error)}") from None
    if array.dtype.kind in "OUS" and kind is None:
        return _numbers_or_objects(inputs)
    return array


def _objects(inputs: Any) -> Any:
    try:
        array = numpy.array(inputs, dtype=object)
    except ValueError as error:
        raise bad(f"the inputs are no table: {_said(error)}") from None
    if any(isinstance(cell, (list, dict)) for cell in array.flat):
        raise bad("the inputs are no table: rows differ in length, or a cell is a list or an object")
    return array


def _numbers_or_objects(inputs: Any) -> Any:
    array = _objects(inputs)
    if any(isinstance(cell, str) for cell in array.flat):
        return array
    return _cast(array, float)


def _cast(array: Any, kind: Any) -> Any:
    try:
        return array.astype(kind)
    except (ValueError, TypeError, OverflowError) as error:
        raise bad(f"a value has the wrong type: {_said(error)}") from None


def _said(error: Exception) -> str:
    return str(error).split(". The detected")[0]


def pandas() -> Any:
    """pandas when it is there already or can be had, else None."""
    if "pandas" in sys.modules:
        return sys.modules["pandas"]
    try:
        import pandas as found  # type: ignore[import-untyped,unused-ignore]  # optional, and may be absent here
    except ImportError:
        return None
    return found
