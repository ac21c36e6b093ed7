"""Ignore files as git reads them, entry by entry on the way down.

Not pathspec's: asked folder by folder and entry by entry too, it ships other files than git for a fifth of the test's
cases (`b/**` takes `b/` itself, `[[:alpha:]]` is no class, `[z-a]` raises); here git itself is the test's judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_CLASSES = {
    "alnum": "a-zA-Z0-9", "alpha": "a-zA-Z", "blank": " \\t", "cntrl": "\\x00-\\x1f\\x7f", "digit": "0-9",
    "graph": "!-~", "lower": "a-z", "print": " -~", "punct": "!-/:-@\\[-`{-~", "space": "\\s", "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}  # fmt: skip


@dataclass(frozen=True)
class Pattern:
    regex: re.Pattern[str]
    ignores: bool  # False: `!pattern` takes the entry back
    folders_only: bool


def parse(lines: Iterable[str]) -> tuple[Pattern, ...]:
    return tuple(pattern for line in lines if (pattern := _pattern(line)) is not None)


def verdict(patterns: tuple[Pattern, ...], path: str, folder: bool) -> bool | None:
    """Of the last pattern that matches: True left out, False taken back, None: nothing said. `path`: from the file's folder."""
    for pattern in reversed(patterns):
        if (folder or not pattern.folders_only) and pattern.regex.fullmatch(path):
            return pattern.ignores
    return None


def _pattern(line: str) -> Pattern | None:
    line = re.sub(r"(?<!\\) +$", "", line.rstrip("\r\n"))
    if not line or line.startswith("#"):
        return None
    ignores = not line.startswith("!")
    text = line if ignores else line[1:]
    folders_only = text.endswith("/")
    text = text.removesuffix("/")
    # Only a slash at the start or in the middle ties the pattern to the file's own folder.
    anchored = "/" in text
    regex = _regex(text.removeprefix("/").split("/"), anchored) if text else None
    return None if regex is None else Pattern(regex, ignores, folders_only)


def _regex(parts: list[str], anchored: bool) -> re.Pattern[str] | None:
    found = "" if anchored else "(?:.*/)?"
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            found += ".+" if last else "(?:.*/)?"
            continue
        glob = _glob(part)
        if glob is None:
            return None
        found += glob + ("" if last else "/")
    return re.compile(f"(?s:{found})")


def _glob(part: str) -> str | None:
    """One name's pattern; None where git says that it matches nothing."""
    found, at = "", 0
    while at < len(part):
        char = part[at]
        at += 1
        if char == "*":
            found += "[^/]*"
        elif char == "?":
            found += "[^/]"
        elif char == "\\":
            if at == len(part):
                return None
            found += re.escape(part[at])
            at += 1
        elif char == "[":
            bracket = _bracket(part, at)
            if bracket is None:
                return None
            piece, at = bracket
            found += piece
        else:
            found += re.escape(char)
    return found


def _bracket(part: str, at: int) -> tuple[str, int] | None:
    """The set that opens before `at`, and where it ends; None where it does not end."""
    negated = part[at : at + 1] in ("!", "^")
    at += negated
    body, first = "", True
    while at < len(part) and (first or part[at] != "]"):
        first = False
        named = re.compile(r"\[:([a-z]+):\]").match(part, at)
        if named:
            if named.group(1) not in _CLASSES:
                return None
            body, at = body + _CLASSES[named.group(1)], named.end()
            continue
        if part[at] == "\\" and at + 1 < len(part):
            at += 1
            body += re.escape(part[at])
        elif part[at] == "-":
            body += "-" if body and at + 1 < len(part) and part[at + 1] != "]" else "\\-"
        else:
            body += re.escape(part[at])
        at += 1
    if at >= len(part):
        return None
    try:
        re.compile(f"[{body}]")
    except re.error:  # a range that runs backwards
        return None
    # Even a negated set never matches a slash.
    return f"(?!/)[{'^' if negated else ''}{body}]", at + 1
