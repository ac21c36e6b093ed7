"""Requests against botocore's own service model: required, types, patterns, enums, ranges and lengths, as the service checks."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session

from tradewind.sandbox.aws.faults import ServiceError, invalid

# Java's classes that Python's `re` lacks, as what stands for them inside of a set.
JAVA = {
    r"\p{L}": r"\w",
    r"\p{N}": r"\d",
    r"\p{M}": r"\u0300-\u036f",
    r"\p{Z}": r"\s",
    r"\p{S}": r"$+<=>^`|~",
    r"\p{P}": r"!-/:-@\[-`{-~",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\p{Print}": " -~",
    r"\uD800\uDC00-\uDBFF\uDFFF": r"\U00010000-\U0010FFFF",  # UTF-16's pairs
}
CLASS = re.compile(f"({'|'.join(re.escape(theirs) for theirs in JAVA)})")
TYPES: Mapping[str, type | tuple[type, ...]] = {
    "structure": dict,
    "map": dict,
    "list": list,
    "string": str,
    "boolean": bool,
    "integer": int,
    "long": int,
    "float": (int, float),
    "double": (int, float),
    "timestamp": (int, float, str, datetime),
}
INVALID = "ValidationException"
SIZED = ("string", "list", "map")
Problem = tuple[str, str]  # where (with the value), and the constraint


@cache
def model(service: str = "sagemaker") -> Any:
    """Of a service, as the installed botocore has it."""
    return botocore.session.get_session().get_service_model(service)


def known(operation: str) -> bool:
    return operation in model().operation_names


def check(operation: str, request: Mapping[str, Any], service: str = "sagemaker") -> None:
    """Raises ServiceError with every problem at once, in the service's words."""
    shape = model(service).operation_model(operation).input_shape
    found = [] if shape is None else list(_problems(shape, request, ""))
    if found:
        errors = "error" if len(found) == 1 else "errors"
        told = "; ".join(f"{where} failed to satisfy constraint: {said}" for where, said in found)
        raise invalid(f"{len(found)} validation {errors} detected: {told}")


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    parts = CLASS.split(pattern)
    for number in range(1, len(parts), 2):
        before = "".join(parts[:number])
        inside = before.count("[") - before.count(r"\[") > before.count("]") - before.count(r"\]")
        parts[number] = JAVA[parts[number]] if inside else f"[{JAVA[parts[number]]}]"
    return re.compile("".join(parts))


def _problems(shape: Any, value: Any, path: str) -> Iterator[Problem]:
    kind = shape.type_name
    wanted = TYPES.get(kind)
    if wanted is not None and (not isinstance(value, wanted) or (isinstance(value, bool) and kind != "boolean")):
        raise ServiceError("SerializationException", f"{path or 'the request'} is not of type {kind}")
    yield from (_said(path, value, text) for text in _constraints(shape, value))
    if kind == "structure":
        yield from _members(shape, value, path)
    elif kind == "list":
        for number, item in enumerate(value, start=1):
            yield from _problems(shape.member, item, f"{path}.{number}.member")
    elif kind == "map":
        yield from _entries(shape, value, path)


def _members(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for name in shape.required_members:
        if value.get(name) is None:
            yield f"Value null at '{_below(path, name)}'", "Member must not be null"
    for name, member in shape.members.items():
        if value.get(name) is not None:
            yield from _problems(member, value[name], _below(path, name))


def _entries(shape: Any, value: Mapping[str, Any], path: str) -> Iterator[Problem]:
    for word, part, items in (("keys", shape.key, value.keys()), ("value", shape.value, value.values())):
        for item in items:
            found = [said for _where, said in _problems(part, item, path)]
            if found:
                yield (
                    f"Value '{_shown(value)}' at '{path}'",
                    f"Map {word} must satisfy constraint: [{', '.join(found)}]",
                )


def _constraints(shape: Any, value: Any) -> Iterator[str]:
    facts = shape.metadata
    low, high = facts.get("min"), facts.get("max")
    measure = "length" if shape.type_name in SIZED else "value"
    size = len(value) if shape.type_name in SIZED else value
    if shape.type_name in (*SIZED, "integer", "long", "float", "double"):
        if low is not None and size < low:
            yield f"Member must have {measure} greater than or equal to {low}"
        if high is not None and size > high:
            yield f"Member must have {measure} less than or equal to {high}"
    if shape.type_name == "string":
        pattern, choices = facts.get("pattern"), getattr(shape, "enum", ())
        if pattern and not compiled(pattern).fullmatch(value):
            yield f"Member must satisfy regular expression pattern: {pattern}"
        if choices and value not in choices:
            yield f"Member must satisfy enum value set: [{', '.join(choices)}]"


def _said(path: str, value: Any, text: str) -> Problem:
    return f"Value '{_shown(value)}' at '{path}'", text


def _shown(value: Any) -> str:
    text = str(value)
    return text if len(text) <= 256 else f"{text[:256]}..."


def _below(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name
