"""The command of a run: `{name}` is a parameter, `{{` and `}}` are braces, everything else is the shell's."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PART = re.compile(r"\{\{|\}\}|(?P<dollar>\$?)\{(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)\}|(?P<stray>[{}])")


def placeholders(command: str) -> Iterator[tuple[str, str]]:
    """(name, "") for each parameter that is used, once each; ("", what is wrong) for braces that are none."""
    seen: set[str] = set()
    for match in _PART.finditer(command):
        name = match["name"]
        if name and match["dollar"]:
            yield (
                "",
                f"${{{name}}} is not filled in here: write {{{name}}} for a parameter, ${{{{{name}}}}} for the shell",
            )
        elif name and name not in seen:
            seen.add(name)
            yield name, ""
        elif match["stray"]:
            twice = match["stray"] * 2
            yield "", f"a lone {match['stray']} at character {match.start() + 1}: write {twice} for a brace"
