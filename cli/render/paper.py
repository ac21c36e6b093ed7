"""What lines are laid out on: a width, whether colour is wanted, and which signs the terminal can show."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

import click

WIDEST = 110
NARROWEST = 20
_COMMAND = "`deploy"
_ASCII = {"→": "->", "·": "-", "✓": "ok", "✗": "x", "…": "...", "±": "-/+"}


@dataclass(frozen=True)
class Paper:
    width: int = 80
    color: bool = False
    unicode: bool = True
    target: tuple[str, ...] = ()  # flags of the commands that are told to try next

    @classmethod
    def of(cls, stream: IO[Any] | None, target: tuple[str, ...] = ()) -> Paper:
        terminal = is_terminal(stream)
        encoding = (getattr(stream, "encoding", None) or "ascii").lower().replace("-", "")
        width = _columns(stream) if terminal and stream is not None else 100
        return cls(
            width=max(NARROWEST, min(width, WIDEST)),
            color=terminal and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb",
            unicode=encoding.startswith("utf"),
            target=target,
        )

    def sign(self, sign: str) -> str:
        return sign if self.unicode or sign.isascii() else _ASCII.get(sign, "?")

    def style(self, text: str, color: str | None = None, *, bold: bool = False, dim: bool = False) -> str:
        if not self.color or not text:
            return text
        return click.style(text, fg=color, bold=bold or None, dim=dim or None)

    def bold(self, text: str) -> str:
        return self.style(text, bold=True)

    def dim(self, text: str) -> str:
        return self.style(text, dim=True)

    def wrap(self, text: str, indent: int = 0, hang: int | None = None) -> list[str]:
        """Break at spaces to the width; the first line is indented by `indent`, the others by `hang`. Styles may cross."""
        hang = indent if hang is None else hang
        lines: list[str] = []
        for part in text.split("\n") or [""]:
            lead = indent if not lines else hang
            line, used = " " * lead, lead
            empty = True
            for word in _pieces(part, max(8, self.width - max(lead, hang))):
                size = cells(word)
                if not empty and used + 1 + size > self.width:
                    lines.append(line.rstrip())
                    line, used, empty = " " * hang, hang, True
                if not empty:
                    line, used = line + " ", used + 1
                line, used, empty = line + word, used + size, False
            lines.append(line.rstrip())
        return lines

    def field(self, name: str, value: str, label: int = 10, indent: int = 2) -> list[str]:
        """`  name      value`, the value wrapped under itself."""
        lead = self.dim(pad(name, label))
        if self.width < label + indent + 16:
            return [*self.wrap(self.dim(name), indent), *self.wrap(value, indent + 2)]
        wrapped = self.wrap(value, indent + label, indent + label)
        return [" " * indent + lead + wrapped[0][indent + label :], *wrapped[1:]]

    def table(self, head: Sequence[str], rows: Iterable[Sequence[str]], indent: int = 2) -> list[str]:
        """Columns as wide as their content. Where the terminal is too narrow for it: one block a row instead."""
        body = [list(row) for row in rows]
        keep = [i for i in range(len(head)) if any(row[i] for row in body)]
        if not keep:
            return []
        widths = {i: max(cells(head[i]), *(cells(row[i]) for row in body)) for i in keep}
        if indent + sum(widths.values()) + 2 * (len(keep) - 1) > self.width:
            last = keep[-1]
            rest = indent + sum(w for i, w in widths.items() if i != last) + 2 * (len(keep) - 1)
            if self.width - rest < 24:
                return self._blocks(head, body, keep, indent)
        lines = (
            [" " * indent + self.dim("  ".join(pad(head[i], widths[i]) for i in keep).rstrip())] if any(head) else []
        )
        for row in body:
            lead = "  ".join(pad(row[i], widths[i]) for i in keep[:-1])
            start = indent + cells(lead) + (2 if lead else 0)
            wrapped = self.wrap(row[keep[-1]], start, start)
            lines.append((" " * indent + lead + ("  " if lead else "") + wrapped[0][start:]).rstrip())
            lines += wrapped[1:]
        return lines

    def _blocks(self, head: Sequence[str], body: list[list[str]], keep: list[int], indent: int) -> list[str]:
        lines: list[str] = []
        for row in body:
            if lines:
                lines.append("")
            names = {i: head[i] or "note" for i in keep}
            label = max(map(cells, names.values())) + 2
            for i in keep:
                if row[i]:
                    lines += self.field(names[i], row[i], label, indent)
        return lines


def is_terminal(stream: IO[Any] | None) -> bool:
    try:
        return stream is not None and stream.isatty()
    except ValueError:  # closed
        return False


def _columns(terminal: IO[Any]) -> int:
    """Of this very terminal: stdout and stderr may be different ones. 0 is what some say that do not know."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns or 80
    except (OSError, ValueError, AttributeError):
        return 80


def cells(text: str) -> int:
    """How many columns the text takes: styles take none, wide characters two, combining ones none."""
    plain = click.unstyle(text)
    if plain.isascii():
        return len(plain)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in plain)
    return len(plain) + wide - sum(unicodedata.combining(c) > 0 for c in plain)


def pad(text: str, width: int) -> str:
    return text + " " * max(0, width - cells(text))


def _pieces(text: str, room: int) -> Iterator[str]:
    """Words; one that is longer than a whole line is cut (a digest, an address), unless it is styled."""
    for word in _words(text):
        if cells(word) <= room or "\x1b" in word or _is_address(word) or _COMMAND in word:
            yield word
        else:
            yield from (word[i : i + room] for i in range(0, len(word), room))


def _words(text: str) -> Iterator[str]:
    """A command between backticks is one word: broken over two lines it would not survive copying either."""
    held = ""
    for word in text.split(" "):
        if not held and word.lstrip("(") != _COMMAND:
            yield word
            continue
        held += f" {word}" if held else word
        if "`" in word.removeprefix("(").removeprefix("`"):
            yield held
            held = ""
    if held:
        yield from held.split(" ")


def _is_address(word: str) -> bool:
    """Never cut: it would not survive copying."""
    return "://" in word
