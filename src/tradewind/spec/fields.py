"""Kinds of values in deploy.yaml: how each is written (its JSON Schema), and how it is read.

A kind is an annotation: `Annotated[timedelta, DURATION]`. The schema and the reader stand side by side because they must agree.
Readers get what YAML gave (`str`, `bool`, `Int`, `Float`, `None`) or, where a model is made in Python, the parsed value itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any

from pydantic_core import PydanticCustomError, core_schema

from tradewind.spec import units
from tradewind.spec.nodes import Filled, Float, Int
from tradewind.spec.yaml12 import scalar

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

WRITTEN = {"written": True}  # the validation context of what people wrote, where a bare number is no size


def wrong(message: str, suggestion: str = "") -> PydanticCustomError:
    """A value cannot be understood. The value itself is added where the place is known, unless it may be a secret."""
    return PydanticCustomError("value", "{said}", {"said": message, "suggestion": suggestion})


@dataclass(frozen=True, eq=False)  # hashable by identity, as annotations must be
class Field:
    """`read(value, written)` returns the parsed value or raises `wrong`. With `inner`, pydantic goes on with what it returns."""

    read: Callable[[Any, bool], Any]
    schema: Mapping[str, Any]
    inner: bool = False

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        read = self.read

        def validate(value: Any, info: core_schema.ValidationInfo) -> Any:
            try:
                return read(value, bool(info.context))
            except units.UnitError as error:
                raise wrong(error.message, error.suggestion) from None

        if self.inner:
            return core_schema.with_info_before_validator_function(validate, handler(source))
        return core_schema.with_info_plain_validator_function(validate)

    def __get_pydantic_json_schema__(
        self, _core: core_schema.CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return dict(self.schema)


def as_text(value: Any) -> str | None:
    """The text of a scalar as it was written, None for what is no scalar."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (Int, Float)):
        return value.text
    if isinstance(value, (str, int, float)):
        return str(value)
    return None


def _string(value: Any) -> str:
    if isinstance(value, str):
        return str(value)
    shown = as_text(value)
    raise wrong("must be a text", f'"{shown}"') if shown is not None else wrong("must be a text")


LONGEST = 4096  # characters of a text that has a form, so that no pattern is tried on a megabyte


def text(
    pattern: str | None = None, said: str = "", *, kind: bool = False, example: str = "", longest: int = LONGEST
) -> Field:
    """Text, by a pattern that `said` explains. `kind` takes an unquoted number or true/false as it is written."""
    compiled = re.compile(pattern) if pattern else None

    def read(value: Any, _written: bool) -> str:
        shown = as_text(value) if kind or isinstance(value, Filled) else None
        found = _string(value) if shown is None else shown
        if compiled is None:
            return found
        if len(found) > longest:
            raise wrong(f"is longer than {longest} characters")
        if not compiled.search(found):
            raise wrong(said, example)
        return found.removesuffix("\n")

    schema: dict[str, Any] = {"type": ["string", "number", "boolean"] if kind else "string"}
    return Field(read, {**schema, "pattern": pattern, "maxLength": longest} if pattern else schema)


def unit(parse: Callable[[str], Any], pattern: str, said: str, ready: tuple[type, ...]) -> Field:
    def read(value: Any, written: bool) -> Any:
        if isinstance(value, ready) and not isinstance(value, (str, bool)) and not (written and type(value) in _BARE):
            return value
        found = as_text(value)
        if found is None or isinstance(value, bool):
            raise wrong(said)
        return parse(found)

    return Field(read, {"type": "string", "pattern": pattern})


_BARE = (int, float, Int, Float)


MOST = 1_000_000_000
_QUOTED = ", without quotes"


def whole(least: int = 0, most: int = MOST) -> Field:
    """A whole number, the only thing that is written without a unit."""
    said = (
        f"must be a whole number, {least} or more" if most == MOST else f"must be a whole number from {least} to {most}"
    )

    def read(value: Any, _written: bool) -> int:
        found = scalar(value) if isinstance(value, Filled) else value
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise wrong(f"{said}{_QUOTED if isinstance(found, str) and isinstance(scalar(found), Int) else ''}")
        if found != int(found) or found < least or found > most:
            raise wrong(said)
        return int(found)

    return Field(read, {"type": "integer", "minimum": least, "maximum": most})


def _flag(value: Any, _written: bool) -> bool:
    found = scalar(value) if isinstance(value, Filled) else value
    if isinstance(found, bool):
        return found
    if isinstance(found, str) and isinstance(scalar(found), bool):
        raise wrong(f"must be true or false{_QUOTED}")
    meant = {"yes": "true", "on": "true", "y": "true", "1": "true", "no": "false", "off": "false", "n": "false"}
    raise wrong("must be true or false", meant.get(str(as_text(found)).lower(), ""))


def _cpus(value: Any, _written: bool) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 0 < value <= 9999:
            raise wrong("a number of CPUs is from 0.001 to 9999")
        return float(value)
    return units.cpus(_string(value))


def _parameter(value: Any, _written: bool) -> str | int | float | bool:
    found = scalar(value) if isinstance(value, Filled) else value
    if isinstance(found, bool):
        return found
    if isinstance(found, int):
        return int(found)
    if isinstance(found, float):
        return float(found)
    if isinstance(found, str):
        return str(found)
    raise wrong("a parameter is a text, a number, or true/false")


def some(pattern: str, said: str) -> Field:
    return text(pattern, said)


def duration(value_pattern: str, *, positive: bool) -> Field:
    return unit(
        lambda found: units.duration(found, positive=positive),
        value_pattern,
        "a duration is written like 90s, 5m, 2h or 1h30m",
        (timedelta,),
    )


ENV_NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,127}$"

Text = Annotated[str, text()]
Line = Annotated[str, text(r"^(?=.*\S)[^\x00-\x1f]+$", "must be one line of text, and not empty")]
AsWritten = Annotated[str, text(kind=True)]
Flag = Annotated[bool, Field(_flag, {"type": "boolean"})]
Duration = Annotated[timedelta, duration(units.DURATION, positive=False)]
LongDuration = Annotated[timedelta, duration(units.POSITIVE_DURATION, positive=True)]
Size = Annotated[int, unit(units.size, units.SIZE, "a size is written like 6MB or 16GiB", (int,))]
SizeOrMore = Annotated[
    int,
    unit(
        lambda found: units.size(found, or_more=True),
        units.SIZE_OR_MORE,
        "a size is written like 16GiB or 16GiB+",
        (int,),
    ),
]
Percent = Annotated[float, unit(units.percent, units.PERCENT, "a percentage is written like 1%", (float,))]
Cpus = Annotated[
    float,
    Field(
        _cpus,
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 9999},
                {"type": "string", "pattern": units.CPUS},
            ]
        },
    ),
]
Count = Annotated[int, whole(0)]
Positive = Annotated[int, whole(1)]
Parameter = Annotated[str | int | float | bool, Field(_parameter, {"type": ["string", "number", "boolean"]})]
EnvName = Annotated[str, text(ENV_NAME, "a variable's name is letters, digits and _, and starts with no digit")]
