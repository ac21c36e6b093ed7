"""How a resource type is carried out, and what the engine's servicer asks of a cloud."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Values = dict[str, Any]
Made = tuple[str, Values]  # an id, and what is known of it besides its inputs


FILLED = object()  # as a default: the service fills it in by itself, and who says nothing takes it as it is


@dataclass(frozen=True)
class Asked:
    token: str
    name: str  # the resource's name in its program
    region: str
    project: str = ""


class Carrier(Protocol):
    def replaces(self, token: str) -> frozenset[str]: ...
    def named_by(self, token: str) -> str: ...
    def defaults(self, token: str) -> Mapping[str, Any]: ...
    def create(self, asked: Asked, inputs: Values) -> Made: ...
    def read(self, asked: Asked, id: str, state: Values) -> Values | None: ...
    def update(self, asked: Asked, id: str, olds: Values, news: Values) -> Values: ...
    def delete(self, asked: Asked, id: str, state: Values) -> None: ...
    def invoke(self, token: str, args: Values, config: dict[str, str]) -> Values: ...


@dataclass(frozen=True)
class Row:
    """One type. `read` gives what is there, by the names of its inputs; None where it is gone."""

    create: Callable[[Any, Values], Made]
    read: Callable[[Any, str, Values], Values | None]
    delete: Callable[[Any, str, Values], None]
    update: Callable[[Any, str, Values, Values], Values] | None = None  # None: every change replaces
    replaces: frozenset[str] = frozenset()
    named_by: str = ""  # the input that is the resource's name in the cloud; made up where not given
    defaults: Mapping[str, Any] = field(default_factory=dict)  # what the service takes where nothing is asked for


WHOLE = ("tags", "labels")  # whose keys nobody but their owner adds


def as_asked(seen: Any, like: Any) -> Any:
    """What was seen, in the shape of what was asked: services add defaults that nobody asked for, and write JSON anew."""
    if isinstance(like, dict) and isinstance(seen, dict):
        return {key: as_asked(seen[key], value) for key, value in like.items() if key in seen}
    if isinstance(like, list) and isinstance(seen, list) and len(like) == len(seen):
        return [as_asked(one, other) for one, other in zip(seen, like, strict=True)]
    return like if same(seen, like) else seen


def same(one: Any, other: Any) -> bool:
    """Equal, or the same JSON document in other words."""
    if one == other:
        return True
    if isinstance(one, str) and isinstance(other, str) and one[:1] in "{[" and other[:1] in "{[":
        try:
            return bool(json.loads(one) == json.loads(other))
        except ValueError:
            return False
    return False
