"""Lines of NDJSON, and errors."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from tradewind.engine.results.base import Document, Part


class EventDoc(Document):
    """One event of `up`, `down`, `train run` under --output ndjson."""

    schema_: Literal["tradewind/event/1"] = Field(default="tradewind/event/1", alias="schema")
    time: datetime
    kind: str
    subject: str
    text: str
    data: dict[str, str | int | float | bool | None] = Field(default_factory=dict)


class ProblemDoc(Part):
    path: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    value: str = ""
    suggestion: str = ""


class ErrorDoc(Document):
    """A failed command. `log` holds the last lines of what failed."""

    schema_: Literal["tradewind/error/1"] = Field(default="tradewind/error/1", alias="schema")
    code: str
    kind: str
    message: str
    hint: str = ""
    said: str = ""
    exit: int
    problems: tuple[ProblemDoc, ...] = ()
    log: tuple[str, ...] = ()
