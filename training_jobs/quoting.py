"""A value inside of a shell command, written so that it stays one text wherever it stands: bare, in "..." or in '...'."""

from __future__ import annotations

import re
import shlex

_LIVE = re.compile(r'([\\"$`])')  # what means something inside of "..."


class Place:
    """Reads a POSIX shell command from left to right and knows in which quotes it is; `$(...)` starts anew inside of them."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._before = " "
        self._escaped = False
        self._comment = False

    def read(self, text: str) -> str:
        """Go past some of the command, which is returned as it is."""
        for char in text:
            self._step(char)
            self._before = char
        return text

    def quote(self, value: str) -> str:
        """The value as it must be written here."""
        self._before, self._escaped = "", False
        if self._comment:
            return value.replace("\n", " ")
        if self._within("'"):
            return value.replace("'", "'\\''")
        return _LIVE.sub(r"\\\1", value) if self._within('"') else shlex.quote(value)

    def _within(self, quote: str) -> bool:
        return self._open[-1:] == [quote]

    def _step(self, char: str) -> None:
        if self._comment:
            self._comment = char != "\n"
        elif self._within("'"):
            if char == "'":
                self._open.pop()
        elif self._escaped:
            self._escaped = False
        elif char == "\\":
            self._escaped = True
        elif self._closes(char):
            self._open.pop()
        elif self._opens(char):
            self._open.append(char)
        elif char == "#" and not self._within('"') and self._before in " \t\n;&|(":
            self._comment = True

    def _closes(self, char: str) -> bool:
        return (char in '"`' and self._within(char)) or (char == ")" and self._within("("))

    def _opens(self, char: str) -> bool:
        if self._within('"'):
            return char == "`" or (char == "(" and self._before == "$")
        return char in "\"'`("
