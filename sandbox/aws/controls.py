"""What a tester may say to each control under /_sandbox: its members, their types, and which have to be there.

Nothing is taken in silence: a misspelt member would leave a tester with a fault that never comes.
"""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tradewind.sandbox.aws.faults import invalid

Kind = str
TEXT, TEXTS, OPERATION = "text", "texts", "operation"
AMOUNT, AMOUNT_OR_NONE, COUNT, LIMIT = "amount", "amount or none", "count", "limit"
WORDS: Mapping[Kind, str] = {
    TEXT: "a text",
    TEXTS: "a list of texts",
    AMOUNT: "a number greater than 0",
    AMOUNT_OR_NONE: "a number greater than 0, or null",
    COUNT: "a whole number greater than 0",
    LIMIT: "a number that is not negative",
    OPERATION: "the name of an operation",
}


@dataclass(frozen=True)
class Form:
    """`members` by name; `needed` have to be there, and of `one_of` at most one."""

    members: Mapping[str, Kind]
    needed: tuple[str, ...] = ()
    one_of: tuple[str, ...] = field(default=())


FORMS: Mapping[str, Form] = {
    "speed": Form({"speed": AMOUNT, "grace": AMOUNT_OR_NONE, "startup": AMOUNT}),
    "throttle": Form({"operation": OPERATION, "times": COUNT}, needed=("operation",)),
    "lose": Form({"operation": OPERATION, "times": COUNT}, needed=("operation",)),
    "fail": Form({"job": TEXT, "endpoint": TEXT, "reason": TEXT}, needed=("reason",), one_of=("job", "endpoint")),
    "capacity": Form({"times": COUNT}),
    "preempt": Form({"job": TEXT, "region": TEXT}, needed=("job",)),
    "quota": Form({"name": TEXT, "value": LIMIT, "region": TEXT}, needed=("name", "value")),
    "image": Form({"image": TEXT, "command": TEXTS}, needed=("image", "command")),
}


def check(control: str, said: Mapping[str, Any], operations: Iterable[str]) -> None:
    """Raises ServiceError for what this control does not understand. `operations` can be hit by a fault."""
    form = FORMS.get(control)
    if form is None:
        raise invalid(f"no such control: {control}{_meant(control, FORMS)}")
    for name in said:
        if name not in form.members:
            raise invalid(f"{control} knows no {name}{_meant(name, form.members)}; it has: {', '.join(form.members)}")
    for name in form.needed:
        if name not in said:
            raise invalid(f"{control} needs {name}: {WORDS[form.members[name]]}")
    if len(both := [name for name in form.one_of if name in said]) > 1:
        raise invalid(f"{control} takes one of {' and '.join(both)}, not both")
    for name, value in said.items():
        _typed(name, value, form.members[name], operations)


def _typed(name: str, value: Any, kind: Kind, operations: Iterable[str]) -> None:
    if not _fits(value, kind):
        raise invalid(f"{name} must be {WORDS[kind]}")
    if kind == OPERATION and value not in (known := sorted(operations)):
        raise invalid(f"this sandbox emulates no operation {value}{_meant(value, known)}")


def _fits(value: Any, kind: Kind) -> bool:
    if kind in (TEXT, OPERATION):
        return isinstance(value, str) and bool(value)
    if kind == TEXTS:
        return isinstance(value, list) and bool(value) and all(isinstance(part, str) for part in value)
    if kind == AMOUNT_OR_NONE and value is None:
        return True
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return False
    if kind == LIMIT:
        return value >= 0
    return value > 0 and (kind != COUNT or value == int(value))


def _meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean x?`, if one is near."""
    lower = {one.lower(): one for one in known}
    near = difflib.get_close_matches(word.lower(), lower, n=1, cutoff=0.6)
    return f" (did you mean {lower[near[0]]}?)" if near else ""
