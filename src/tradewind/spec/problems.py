"""From pydantic's errors to problems with a place, the value as written, and what was probably meant."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from tradewind.errors import Problem
from tradewind.spec.models.base import RESERVED, Relation
from tradewind.spec.nodes import Dict, Mark, Node, Scalar, child
from tradewind.spec.refs import PROVIDER_ALIASES
from tradewind.spec.secretive import looks_secret, shown
from tradewind.spec.suggest import closest

Loc = tuple[str | int, ...]
_MOST = 200  # of one look at the file

SAID = {  # by pydantic's kind of error
    "missing": "is required",
    "dict_type": "must be keys and values, like {key: value}",
    "model_type": "must be keys and values, like {key: value}",
    "model_attributes_type": "must be keys and values, like {key: value}",
    "tuple_type": "must be a list, like [a, b]",
    "list_type": "must be a list, like [a, b]",
}


class Found:
    """Where an error is: the mark, the path as people write it, the value as it stands in the file."""

    def __init__(self, root: Dict, loc: Loc) -> None:
        self.at_key = bool(loc) and loc[-1] == "[key]"
        loc = loc[:-1] if self.at_key else loc
        node: Node = root
        mark, walked = root.mark, 0
        for step in loc:
            inner = child(node, step)
            if inner is None:
                break
            key = node.keys.get(str(step)) if isinstance(node, Dict) else None
            node, mark, walked = inner, inner.mark, walked + 1
            self.key_mark = key or inner.mark
        self.node, self.mark = node, mark
        self.loc = loc[:walked]
        self.rest = loc[walked:]

    key_mark: Mark | None = None

    def value(self) -> str:
        if not isinstance(self.node, Scalar) or secretive(self.loc):
            return ""
        return shown(self.node.raw)


def secretive(loc: Loc) -> bool:
    """Would showing the value at this place show a secret?"""
    return any(step == "secrets" or (isinstance(step, str) and looks_secret(step)) for step in loc)


def dotted(loc: Loc) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{shown(step)}" if text else shown(step)
    return text


@dataclass(frozen=True)
class Finding:
    """A problem, the value that it is about, and, for a rule across keys, every value that the rule looked at."""

    problem: Problem
    loc: Loc
    about: tuple[Loc, ...] = ()
    missing: bool = False


def explain(
    root: Dict, errors: list[Any], model: type[BaseModel], prefix: Loc = (), more_keys: tuple[str, ...] = ()
) -> Iterator[Finding]:
    """Each of pydantic's errors in words. `prefix` is where the model stands, `more_keys` are known at its top besides."""
    for error in errors[:_MOST]:
        loc: Loc = (*prefix, *error["loc"])
        kind, context = error["type"], error.get("ctx") or {}
        if kind == "relations":
            yield from (_relation(root, loc, relation) for relation in context["relations"])
            continue
        found = Found(root, loc)
        if kind == "missing":
            mark = found.key_mark or found.mark
            yield Finding(Problem(dotted(loc), "is required", mark.file, mark.line, mark.column), loc, missing=True)
        elif kind == "extra_forbidden":
            message, suggestion = _unknown(model, loc[len(prefix) :], more_keys)
            yield Finding(_problem(found, found.key_mark or found.mark, message, "", suggestion), found.loc)
        else:
            message, suggestion = _words(error, kind, context, found)
            mark = (found.key_mark or found.mark) if found.at_key else found.mark
            value = "" if found.at_key else found.value()
            suggestion = "" if secretive(found.loc) else suggestion
            yield Finding(_problem(found, mark, message, value, suggestion), found.loc)


def _words(error: Any, kind: str, context: Mapping[str, Any], found: Found) -> tuple[str, str]:
    """(message, suggestion)"""
    if kind == "value":
        return context["said"], context["suggestion"]
    if kind == "literal_error":
        choices = re.findall(r"'([^']*)'", context.get("expected", ""))
        return f"must be {_or(choices)}", closest(found.value(), choices)
    if kind == "value_error":
        return str(context.get("error", error["msg"])), ""
    return SAID.get(kind) or _lower(error["msg"]), ""


def _problem(found: Found, mark: Mark, message: str, value: str, suggestion: str) -> Problem:
    meant = "" if suggestion in (value, str(found.loc[-1]) if found.loc else "") else suggestion
    return Problem(dotted(found.loc), message, mark.file, mark.line, mark.column, value, meant)


def _relation(root: Dict, loc: Loc, relation: Relation) -> Finding:
    at = (*loc, *relation.at)
    found = Found(root, at)
    mark = found.mark if not found.rest or not found.loc else (found.key_mark or found.mark)
    value = "" if found.rest else found.value()
    problem = Problem(dotted(at), relation.message, mark.file, mark.line, mark.column, value, relation.suggestion)
    about = tuple((*loc, *path) for path in (relation.about or (relation.at,)))
    return Finding(problem, at, about)


def _unknown(model: type[BaseModel], loc: Loc, more_keys: tuple[str, ...]) -> tuple[str, str]:
    key = str(loc[-1])
    holder = model_at(model, loc[:-1])
    if holder is not None and key in RESERVED.get(holder.__name__, ()):
        return "is reserved for a later version", ""
    known = list(holder.model_fields) if holder else []
    if len(loc) == 1 and more_keys:
        known += more_keys
    if holder is not None and holder.__name__ == "Spec":
        known.append("environments")
        if key in PROVIDER_ALIASES:
            return (
                f"unknown key; {key} is an alias for `provider:`, its block is called {PROVIDER_ALIASES[key]}",
                PROVIDER_ALIASES[key],
            )
    meant = closest(key, known)
    listed = f"; known here: {', '.join(known)}" if known and not meant and len(known) < 15 else ""
    return f"unknown key{listed}", meant


def model_at(model: Any, loc: Loc) -> type[BaseModel] | None:
    """The model that stands at a place, through optionals, lists and maps."""
    model = _strip(model)
    for step in loc:
        if isinstance(model, type) and issubclass(model, BaseModel):
            field = model.model_fields.get(str(step))
            if field is None:
                return None
            model = _strip(field.annotation)
        elif get_origin(model) in (tuple, list):
            model = _strip(get_args(model)[0])
        elif get_origin(model) is dict:
            model = _strip(get_args(model)[1])
        else:
            return None
    if get_origin(model) in (tuple, list):
        model = _strip(get_args(model)[0])
    return model if isinstance(model, type) and issubclass(model, BaseModel) else None


def _strip(annotation: Any) -> Any:
    """Without Annotated and None."""
    while True:
        if get_origin(annotation) is Annotated:
            annotation = get_args(annotation)[0]
        elif get_origin(annotation) in (Union, types.UnionType):
            left = [a for a in get_args(annotation) if a is not type(None)]
            annotation = next((a for a in left if _is_model(a)), left[0])
        else:
            return annotation


def _is_model(annotation: Any) -> bool:
    inner = get_args(annotation)[0] if get_origin(annotation) is Annotated else annotation
    return isinstance(inner, type) and issubclass(inner, BaseModel)


def _or(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
