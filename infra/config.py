"""A stack's configuration as arguments: plain values in, one validated value out, everything wrong told at once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from tradewind.errors import Problem, SpecError
from tradewind.infra.arguments import BY_CLOUD, CLOUDS, FORMS, Arguments
from tradewind.spec.problems import SAID, model_at
from tradewind.spec.suggest import closest

PROJECT = "tradewind"
_NOTHING: tuple[object, ...] = ("", None, {}, [])


def arguments(config: Mapping[str, object], stack: str, project: str = PROJECT) -> Arguments:
    """`config` has keys of the project's own namespace, without it; texts of lists and objects are JSON, as Pulumi hands them.

    An empty text, list or object says nothing, since Pulumi wants a default for every typed key that may be left out.
    `environment` is the stack's name where it is not said (without an organization: acme/infra/dev is dev).
    Raises SpecError TW801 with every problem, each by `<project>:key`.
    """
    problems: list[Problem] = []
    said = {key: found for key, value in config.items() if (found := _plain(key, value)) not in _NOTHING}
    problems += _broken(said, project)
    cloud = str(said.pop("cloud", ""))
    kind = next((BY_CLOUD[name] for name in CLOUDS if name == cloud), None)
    if kind is None:
        words = f"one of {', '.join(CLOUDS)}" if cloud else f"say which: one of {', '.join(CLOUDS)}"
        problems.append(Problem(f"{project}:cloud", words, value=cloud, suggestion=closest(cloud, CLOUDS)))
        raise _wrong([*problems, *_strangers(said, project)])
    problems += _strangers(said, project, cloud)
    known = {key: value for key, value in said.items() if key in kind.model_fields}
    try:
        made = kind.model_validate({"environment": stack.rpartition("/")[2], **known})
    except ValidationError as error:
        problems += (_problem(found, project, kind) for found in error.errors(include_url=False))
        raise _wrong(problems) from None
    if problems:
        raise _wrong(problems)
    return made


def _plain(key: str, value: object) -> object:
    """Pulumi's own texts of lists and objects; `--path tags.cost 7` writes a number, and a tag is a text."""
    if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
        try:
            value = json.loads(value)
        except ValueError:
            return value
    if key == "tags" and isinstance(value, Mapping):
        return {name: _tag(it) for name, it in value.items()}
    return value


def _broken(said: dict[str, object], project: str) -> Iterator[Problem]:
    """What begins as JSON and is none; it is left out of what is said, since all else about it would be noise."""
    for key, value in list(said.items()):
        if isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            try:
                json.loads(value)
            except ValueError as error:
                del said[key]
                yield Problem(f"{project}:{key}", f"is no JSON: {error}", value=value)


def _tag(value: object) -> object:
    return json.dumps(value) if isinstance(value, (bool, int, float)) else value


def _strangers(said: Mapping[str, object], project: str, cloud: str = "") -> Iterator[Problem]:
    kinds = [kind for name, kind in BY_CLOUD.items() if cloud in ("", name)]
    known = {key for kind in kinds for key in kind.model_fields}
    anywhere = {key for kind in BY_CLOUD.values() for key in kind.model_fields}
    for key in sorted(set(said) - known):
        text = f"is nothing that cloud {cloud!r} has" if key in anywhere else "is no key that is known here"
        suggestion = closest(key, sorted(known))
        yield Problem(f"{project}:{key}", text, suggestion=f"{project}:{suggestion}" if suggestion else "")


def _problem(error: Any, project: str, kind: type[Arguments]) -> Problem:
    key = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return _stranger(error["loc"], key, project, kind)
    text = SAID.get(error["type"]) or error["msg"].removeprefix("Value error, ")
    if error["type"] == "string_pattern_mismatch":
        text = f"must be {FORMS[error['ctx']['pattern']]}"
    if error["type"] == "missing":
        text = f"is needed: `pulumi config set {'--path ' if '.' in key else ''}{key} ...`"
    if not key:  # of the whole: its text begins with the key
        key, _, text = text.partition(": ")
    shown = error["input"] if isinstance(error["input"], (str, int, float)) and error["type"] != "missing" else ""
    return Problem(f"{project}:{key}", f"{text[:1].lower()}{text[1:]}", value=str(shown))


def _stranger(loc: tuple[str | int, ...], key: str, project: str, kind: type[Arguments]) -> Problem:
    holder = model_at(kind, loc[:-1])
    known = sorted(holder.model_fields) if holder else []
    meant = closest(str(loc[-1]), known)
    listed = f"; known here: {', '.join(known)}" if known and not meant else ""
    return Problem(f"{project}:{key}", f"is no key that is known here{listed}", suggestion=meant)


def _wrong(problems: list[Problem]) -> SpecError:
    hint = "`pulumi config` shows what is set, Pulumi.yaml what can be"
    return SpecError(sorted(problems, key=lambda it: it.path), code="TW801", hint=hint)
