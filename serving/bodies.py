"""From a request's body to a handler's `inputs`. The body and its content type decide, never the route, so that one body
means the same on every cloud (the table is in docs/serving.md)."""

from __future__ import annotations

import csv
import io
import json
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from tradewind.serving.errors import HttpError, bad

_NDJSON = frozenset(["application/x-ndjson", "application/ndjson", "application/jsonlines", "application/jsonl"])
_NPY = frozenset(["application/x-npy", "application/npy"])
_RAW = ("image/", "audio/", "video/")


class Body(NamedTuple):
    """`wrapped`: the body was `{"instances": ...}`, so the answer is `{"predictions": ...}`."""

    inputs: Any
    parameters: dict[str, Any]
    wrapped: bool


def _no_constant(word: str) -> NoReturn:
    raise ValueError(f"{word} is not JSON; write null")


_decoder = json.JSONDecoder(parse_constant=_no_constant)


def load_json(text: str) -> Any:
    """Strict JSON. Raises HttpError 400 with where and why."""
    try:
        return _decoder.decode(text)
    except json.JSONDecodeError as error:
        raise bad(f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    except RecursionError:
        raise bad("the body is not usable JSON: nested too deeply") from None
    except ValueError as error:
        raise bad(f"the body is not usable JSON: {error}") from None


@lru_cache(maxsize=256)
def content_type(header: str) -> tuple[str, dict[str, str]]:
    """Media type and parameters, both in lower case but for the parameters' values."""
    kind, _, rest = header.partition(";")
    parameters = {}
    for part in rest.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            parameters[name.strip().lower()] = value.strip().strip('"')
    return kind.strip().lower(), parameters


def _text(body: bytes, charset: str) -> str:
    try:
        text = body.decode(charset or "utf-8")
    except LookupError:
        raise HttpError(415, f"unknown charset {charset!r}") from None
    except (UnicodeError, ValueError):
        raise bad(f"the body is not {charset or 'utf-8'} text") from None
    return text[1:] if text[:1] == "\ufeff" else text


def _cell(text: str) -> Any:
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        pass
    try:
        return float(text)
    except ValueError:
        return text


def _csv(text: str, header: bool) -> list[Any]:
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline=""), strict=True) if row]
    except csv.Error as error:
        raise bad(f"the body is not CSV: {error}") from None
    if not rows:
        raise bad("the body is empty")
    width = len(rows[0])
    for number, row in enumerate(rows, 1):
        if len(row) != width:
            raise bad(f"row {number} has {len(row)} cells where the first has {width}")
    if header:
        names = [name.strip() for name in rows[0]]
        return [dict(zip(names, map(_cell, row))) for row in rows[1:]]
    return [[_cell(cell.strip()) for cell in row] for row in rows]


def _npy(body: bytes) -> Any:
    try:
        import numpy
    except ImportError:
        raise HttpError(415, "application/x-npy needs numpy, which is not installed here") from None
    source = io.BytesIO(body)
    try:
        version = numpy.lib.format.read_magic(source)
        if version not in ((1, 0), (2, 0)):
            raise bad(f"npy version {version[0]}.{version[1]} is not supported")
        read = numpy.lib.format.read_array_header_1_0 if version == (1, 0) else numpy.lib.format.read_array_header_2_0
        shape, _, kind = read(source)
        count = 1
        for size in shape:
            count *= int(size)
        # a header of a few bytes must not make us reserve gigabytes
        if kind.hasobject or min(shape, default=0) < 0 or count * kind.itemsize != len(body) - source.tell():
            raise bad("the body is not a plain npy array: its header does not fit its length")
        source.seek(0)
        return numpy.load(source, allow_pickle=False)
    except HttpError:
        raise
    except Exception as error:  # noqa: BLE001 - numpy raises many kinds on malformed headers, all of them the caller's doing
        raise bad(f"the body is not npy: {error}") from None


def _unwrapped(value: Any) -> Body:
    """`{"instances": [...], "parameters": {...}}` and nothing else in it is the form that Vertex AI uses; all else is raw."""
    if isinstance(value, dict) and "instances" in value and value.keys() <= {"instances", "parameters"}:
        instances, parameters = value["instances"], value.get("parameters")
        if not isinstance(instances, list):
            raise bad('"instances" must be a list')
        if parameters is not None and not isinstance(parameters, dict):
            raise bad('"parameters" must be an object')
        return Body(instances, parameters or {}, True)
    return Body(value, {}, False)


def decode(header: str, body: bytes, more: frozenset[str] = frozenset()) -> Body:
    """The inputs in a body of this Content-Type (none = JSON). `more`: types that the handler takes as bytes.

    Raises HttpError: 400 malformed, 415 a type that is not understood.
    """
    kind, parameters = content_type(header)
    if kind in more:
        return Body(body, {}, False)
    if not kind or kind == "application/json" or kind.endswith("+json"):
        if not body:
            raise bad("the body is empty; JSON was expected")
        return _unwrapped(load_json(_text(body, parameters.get("charset", ""))))
    if kind == "text/csv":
        return Body(_csv(_text(body, parameters.get("charset", "")), parameters.get("header") == "present"), {}, False)
    if kind in _NDJSON:
        lines = _text(body, parameters.get("charset", "")).split("\n")
        return Body([_line(number, line) for number, line in enumerate(lines, 1) if line.strip()], {}, False)
    if kind in _NPY:
        return Body(_npy(body), {}, False)
    if kind == "text/plain":
        return Body(_text(body, parameters.get("charset", "")), {}, False)
    if kind == "application/octet-stream" or kind.startswith(_RAW):
        return Body(body, {}, False)
    raise HttpError(415, f"{kind!r} is not understood: {_hint(kind)}")


def _line(number: int, line: str) -> Any:
    try:
        return load_json(line)
    except HttpError as error:
        raise bad(f"line {number}: {error.message}") from None


def _hint(kind: str) -> str | None:
    if kind == "application/x-www-form-urlencoded":
        return "say what the body is, as in curl -H 'Content-Type: application/json'"
    return "send application/json, application/x-ndjson, text/csv, application/x-npy, text/plain or raw bytes"
