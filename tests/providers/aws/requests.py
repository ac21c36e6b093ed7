"""Checks a request against botocore's own model of the service: types, required members, lengths, enums and patterns."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
from botocore.validate import ParamValidator

GOLDEN = Path(__file__).parent / "golden"


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def faults(operation: str, made: dict[str, Any], service: str = "sagemaker") -> list[str]:
    shape = _model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(made, shape)
    return [report.generate_report()] if report.has_errors() else list(_more(shape, made, operation))


def _more(shape: Any, value: Any, path: str) -> Iterator[str]:
    """What botocore's validator leaves to the service: enums, patterns and upper bounds."""
    most = shape.metadata.get("max")
    size = value if shape.type_name in ("integer", "long", "float") else len(value) if hasattr(value, "__len__") else 0
    if most is not None and size > most:
        yield f"{path}: {size} is more than {most}"
    if shape.type_name == "structure":
        for name, inner in value.items():
            yield from _more(shape.members[name], inner, f"{path}.{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from _more(shape.member, inner, f"{path}[]")
    elif shape.type_name == "map":
        for name, inner in value.items():
            yield from _more(shape.key, name, f"{path}.{name}")
            yield from _more(shape.value, inner, f"{path}.{name}")
    elif shape.type_name == "string":
        if getattr(shape, "enum", None) and value not in shape.enum:
            yield f"{path}: {value!r} is none of the service's words"
        pattern = shape.metadata.get("pattern")
        if (
            pattern and not re.search(r"\\[pu]", pattern) and not re.fullmatch(pattern, value)
        ):  # \p, \uD800 are not Python's
            yield f"{path}: {value!r} does not match {pattern}"


def same_as_golden(name: str, made: dict[str, Any]) -> None:
    assert json.loads((GOLDEN / name).read_text("utf-8")) == made
