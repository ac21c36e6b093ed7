"""Requests and answers between the HTTP server and a toolkit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Request:
    body: bytes
    content_type: str | None
    accept: str | None
    headers: Mapping[str, str] = field(default_factory=dict)  # all of them, named as they came


@dataclass(frozen=True)
class Answer:
    """A body that is no bytes is sent piece by piece, as it comes."""

    status: int
    body: bytes | Iterable[bytes]
    content_type: str


class Toolkit(Protocol):
    def prepare(self) -> None:
        """Before anybody can ask: what it raises ends the container."""

    def ping(self) -> Answer: ...

    def invoke(self, request: Request) -> Answer: ...


def pieces(body: Iterable[str | bytes]) -> Iterable[bytes]:
    return (part.encode() if isinstance(part, str) else bytes(part) for part in body)
