"""Commands told to try next, led to the target that this command was led to: a hint must work when it is copied."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from tradewind.cli.options import Asked

_FLAGS = (("file", "-f"), ("env", "--env"), ("provider", "--provider"), ("region", "--region"))
SANDBOX = "--sandbox"
_COMMAND = re.compile(r"\bdeploy (?:(?:train|endpoint) [a-z]+|(?:up|plan|down|status|history|lock|unlock)\b)")


def target(said: Asked) -> tuple[str, ...]:
    """The flags that were said on the command line; what came from the environment still holds for the next command."""
    words: list[str] = []
    for name, flag in _FLAGS:
        if (value := said.said.get(name)) is not None:
            words += [flag, str(value)]
    return (*words, SANDBOX) if said.said.get("sandbox") else tuple(words)


def aimed(text: str, flags: Sequence[str]) -> str:
    """`text` with the flags in each command that takes them, unless it says where it goes already.

    A command that says which endpoint it means still has to be told that an emulated one is meant.
    """
    if any(flag in text.split() for _, flag in _FLAGS):
        flags = [SANDBOX] if SANDBOX in flags and SANDBOX not in text.split() else []
    flags = [flag for flag in flags if flag != SANDBOX or SANDBOX not in text.split()]
    if not flags:
        return text
    return _COMMAND.sub(lambda found: f"{found[0]} {shlex.join(flags)}", text)
