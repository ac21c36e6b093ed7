"""From what a handler returned to the bytes of an answer, in a type that the caller accepts."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import math
from functools import lru_cache
from typing import Any, NamedTuple

from tradewind.serving.errors import HttpError

JSON = "application/json"
NDJSON = "application/x-ndjson"
CSV = "text/csv"
NPY = "application/x-npy"
TEXT = "text/plain"
BYTES = "application/octet-stream"
EVENTS = "text/event-stream"

# What we can make, best first: the order decides where a caller likes several types alike.
_MADE = (JSON, NDJSON, CSV, NPY, TEXT, EVENTS)
_ALIASES = {
    "application/jsonlines": NDJSON,
    "application/jsonl": NDJSON,
    "application/ndjson": NDJSON,
    "application/npy": NPY,
}
_UTF8 = {CSV: "text/csv; charset=utf-8", TEXT: "text/plain; charset=utf-8", EVENTS: "text/event-stream; charset=utf-8"}


class Answer(NamedTuple):
    body: bytes
    content_type: str


def _plain(value: Any) -> Any:
    """What the JSON encoder cannot take as it is: arrays, scalars and frames of the usual libraries, by what they can do."""
    for name in ("to_dict", "tolist", "isoformat", "model_dump"):
        method = getattr(value, name, None)
        if callable(method) and not isinstance(value, type):
            if name == "to_dict" and hasattr(value, "columns"):
                return method("records")
            if name == "to_dict" and hasattr(value, "tolist"):
                continue  # a pandas Series is its values, as an array would be
            return method()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return dataclasses.asdict(value)
    if isinstance(value, (set, frozenset)):
        return sorted(value, key=repr)
    raise TypeError(
        f"predict returned a {type(value).__name__}, which is not JSON; return lists, dicts, numbers or text"
    )


_encode = json.JSONEncoder(default=_plain, allow_nan=False, separators=(",", ":")).encode


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    if isinstance(value, (str, int, type(None))):
        return value
    return _finite(_plain(value))


def to_json(value: Any) -> bytes:
    """JSON in ASCII; what is not a finite number becomes null. Raises TypeError for what is not JSON at all."""
    try:
        return _encode(value).encode("ascii")
    except ValueError:
        return _encode(_finite(value)).encode("ascii")


@lru_cache(maxsize=512)
def accepted(header: str) -> tuple[tuple[str, float], ...]:
    """An Accept header as ranges with their weights, most wanted first; () accepts everything."""
    ranges: list[tuple[str, float]] = []
    for part in header.split(","):
        kind, *parameters = [piece.strip().lower() for piece in part.split(";")]
        weight = 1.0
        for parameter in parameters:
            if parameter.startswith("q="):
                try:
                    weight = min(1.0, max(0.0, float(parameter[2:])))
                except ValueError:
                    weight = 0.0
        if kind:
            ranges.append((_ALIASES.get(kind, kind), weight))
    return tuple(sorted(ranges, key=lambda entry: -entry[1]))


def weight(header: str, kind: str) -> float:
    """How much a caller wants this type: the most specific range decides (RFC 9110, 12.5.1)."""
    ranges = accepted(header)
    if not ranges:
        return 1.0
    best, rank = 0.0, -1
    for wanted, value in ranges:
        specific = 2 if wanted == kind else 1 if wanted == kind.split("/")[0] + "/*" else 0 if wanted == "*/*" else -1
        if specific > rank:
            best, rank = value, specific
    return best


@lru_cache(maxsize=512)
def chosen(header: str, kinds: tuple[str, ...] = _MADE) -> str | None:
    """The type to answer in, of those we can make; None when the caller accepts none of them."""
    best = max(kinds, key=lambda kind: weight(header, kind))
    return best if weight(header, best) > 0 else None


def not_acceptable(header: str) -> HttpError:
    return HttpError(406, f"cannot answer in {header!r}; ask for {', '.join(_MADE)} or leave Accept out")


_PLAIN = (list, tuple, dict, str, int, float, type(None))


def _table(value: Any) -> list[Any]:
    rows = value if isinstance(value, _PLAIN) else _plain(value)
    return list(rows) if isinstance(rows, (list, tuple)) else [rows]


def _cell(value: Any) -> Any:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    return value if isinstance(value, (str, int, float)) else to_json(value).decode("ascii")


def _csv(value: Any) -> bytes:
    rows = _table(value)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if rows and isinstance(rows[0], dict):
        names = list(rows[0])
        writer.writerow(names)
        rows = [[row.get(name) for name in names] if isinstance(row, dict) else [row] for row in rows]
    for row in rows:
        plain = row if isinstance(row, _PLAIN) else _plain(row)
        writer.writerow([_cell(cell) for cell in plain] if isinstance(plain, (list, tuple)) else [_cell(plain)])
    return out.getvalue().encode("utf-8", "backslashreplace")


def _npy(value: Any) -> bytes:
    try:
        import numpy
    except ImportError:
        raise HttpError(406, "application/x-npy needs numpy, which is not installed here") from None
    array = numpy.asarray(value)
    if array.dtype.hasobject:
        raise HttpError(406, "this answer is no plain array, so it cannot be application/x-npy")
    out = io.BytesIO()
    numpy.save(out, array, allow_pickle=False)
    return out.getvalue()


def line(value: Any) -> bytes:
    return to_json(value) + b"\n"


def event(value: Any, name: str = "") -> bytes:
    """One server-sent event. Text and bytes go as they are, one data line for each line; all else as JSON."""
    if isinstance(value, (bytes, bytearray)):
        text = bytes(value).decode("utf-8", "replace")
    else:
        text = value if isinstance(value, str) else to_json(value).decode("ascii")
    head = f"event: {name}\n" if name else ""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    return (head + "".join(f"data: {part}\n" for part in text.split("\n")) + "\n").encode("utf-8", "replace")


def sendable(media_type: str) -> str:
    """The type that a handler names, fit for a header. Raises ValueError where a line of its own could hide in it."""
    if media_type and not (media_type.isascii() and media_type.isprintable()):
        raise ValueError(f"the handler's media_type {media_type!r} is no content type")
    return media_type


def encode(value: Any, accept: str, wrapped: bool, media_type: str = "") -> Answer:
    """The answer for what predict returned. Raises HttpError 406, TypeError when it cannot be written as the type asked for.

    `media_type` is what the handler said its bytes or text are; bytes of an unsaid type are application/octet-stream.
    """
    if isinstance(value, (bytes, bytearray, memoryview)) or (media_type and isinstance(value, str)):
        kind = sendable(media_type) or BYTES
        if weight(accept, kind.split(";")[0].strip().lower()) <= 0:
            raise HttpError(406, f"the answer is {kind}, which Accept: {accept} leaves out")
        return Answer(value.encode() if isinstance(value, str) else bytes(value), kind)
    kind_or_none = chosen(accept)
    if kind_or_none is None:
        raise not_acceptable(accept)
    kind = kind_or_none
    if kind == JSON:
        if wrapped and not (isinstance(value, dict) and "predictions" in value):
            value = {"predictions": value}
        return Answer(to_json(value), JSON)
    if kind == NDJSON:
        return Answer(b"".join([line(row) for row in _table(value)]), NDJSON)
    if kind == CSV:
        return Answer(_csv(value), _UTF8[CSV])
    if kind == NPY:
        return Answer(_npy(value), NPY)
    if kind == TEXT:
        text = value if isinstance(value, str) else to_json(value).decode("ascii")
        return Answer(text.encode("utf-8", "backslashreplace"), _UTF8[TEXT])
    return Answer(event(value), _UTF8[EVENTS])
