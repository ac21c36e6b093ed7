"""Identity policies, evaluated: statements, wildcards, and the conditions whose keys are known.

Sources: the IAM guide's pages on policy evaluation logic and on condition operators.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

Context = Mapping[str, Sequence[str]]  # by key in small letters
VARIABLE = re.compile(r"\$\{([^}]+)\}")
ALLOWED, DENIED, UNSAID = "allowed", "explicitDeny", "implicitDeny"


class Malformed(Exception):
    """A text that is no policy."""


@dataclass(frozen=True)
class Policy:
    """`kind` is what the simulator calls its source: role, user, group, aws-managed, user-managed, none."""

    name: str
    kind: str
    statements: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Decision:
    """Which policies decided, and the keys that a condition asked for and nobody gave."""

    verdict: str
    policies: tuple[Policy, ...] = ()
    missing: tuple[str, ...] = ()


def read(name: str, kind: str, text: str) -> Policy:
    """Raises Malformed."""
    try:
        said = json.loads(text)
        statements = _several(said["Statement"])
        whole = all(isinstance(one, dict) and one["Effect"] in ("Allow", "Deny") for one in statements)
        parts = all(("Action" in one) != ("NotAction" in one) for one in statements)
        if not (whole and parts):
            raise Malformed(name)
    except (ValueError, KeyError, TypeError) as error:
        raise Malformed(name) from error
    return Policy(name, kind, tuple(statements))


def decide(policies: Sequence[Policy], action: str, resource: str, context: Context) -> Decision:
    """An explicit deny wins; without a word for it, it is denied."""
    allowing: list[Policy] = []
    denying: list[Policy] = []
    missing: set[str] = set()
    for policy in policies:
        for statement in policy.statements:
            if not _covers(statement, action, resource, context):
                continue
            if not _conditions(statement.get("Condition") or {}, context, missing):
                continue
            (allowing if statement["Effect"] == "Allow" else denying).append(policy)
    if denying:
        return Decision(DENIED, tuple(denying), tuple(sorted(missing)))
    return Decision(ALLOWED if allowing else UNSAID, tuple(allowing), tuple(sorted(missing)))


def _covers(statement: Mapping[str, Any], action: str, resource: str, context: Context) -> bool:
    def names(key: str, value: str, *, exact: bool) -> bool:
        return any(_fits(_filled(str(one), context), value, exact=exact) for one in _several(statement[key]))

    acts = (
        names("Action", action, exact=False) if "Action" in statement else not names("NotAction", action, exact=False)
    )
    if "NotResource" in statement:
        return acts and not names("NotResource", resource, exact=True)
    return acts and "Resource" in statement and names("Resource", resource, exact=True)


def _conditions(said: Mapping[str, Any], context: Context, missing: set[str]) -> bool:
    """All of them hold. One whose key nobody gave, or whose operator is not known here, does not."""
    hold = True
    for operator, keys in said.items():
        plain = operator.removesuffix("IfExists")
        test = OPERATORS.get(plain)
        for key, wanted in keys.items():
            given = context.get(key.lower())
            if plain == "Null":
                hold &= (given is None) == (str(_several(wanted)[0]).lower() == "true")
            elif given is None:
                if plain == operator:
                    missing.add(key)
                    hold = False
            elif test is None:
                missing.add(key)
                hold = False
            else:
                hold &= test([_filled(str(one), context) for one in _several(wanted)], given)
    return hold


def _any(fits: Callable[[str, str], bool]) -> Callable[[Sequence[str], Sequence[str]], bool]:
    return lambda wanted, given: any(fits(pattern, value) for pattern in wanted for value in given)


def _none(fits: Callable[[str, str], bool]) -> Callable[[Sequence[str], Sequence[str]], bool]:
    return lambda wanted, given: not any(fits(pattern, value) for pattern in wanted for value in given)


def _same(pattern: str, value: str) -> bool:
    return pattern == value


def _same_letters(pattern: str, value: str) -> bool:
    return pattern.lower() == value.lower()


def _alike(pattern: str, value: str) -> bool:
    return _fits(pattern, value, exact=True)


OPERATORS: Mapping[str, Callable[[Sequence[str], Sequence[str]], bool]] = {
    "StringEquals": _any(_same),
    "StringNotEquals": _none(_same),
    "StringEqualsIgnoreCase": _any(_same_letters),
    "StringNotEqualsIgnoreCase": _none(_same_letters),
    "StringLike": _any(_alike),
    "StringNotLike": _none(_alike),
    "ArnEquals": _any(_alike),
    "ArnLike": _any(_alike),
    "ArnNotEquals": _none(_alike),
    "ArnNotLike": _none(_alike),
    "Bool": _any(_same_letters),
}


def _filled(text: str, context: Context) -> str:
    """With policy variables whose keys are known."""

    def value(found: re.Match[str]) -> str:
        given = context.get(found[1].lower())
        return given[0] if given else found[0]

    return VARIABLE.sub(value, text)


def _fits(pattern: str, value: str, *, exact: bool) -> bool:
    return _compiled(pattern, exact).fullmatch(value) is not None


@cache
def _compiled(pattern: str, exact: bool) -> re.Pattern[str]:
    parts: Iterator[str] = (".*" if mark == "*" else "." if mark == "?" else re.escape(mark) for mark in pattern)
    return re.compile("".join(parts), re.DOTALL if exact else re.DOTALL | re.IGNORECASE)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
