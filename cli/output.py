"""The two streams: stdout carries the result and nothing else, stderr carries everything for people.

A reader who goes away (`deploy logs | head`) stops the output, never the work.
"""

from __future__ import annotations

import errno
import json
import sys
from collections.abc import Callable, Iterable
from typing import IO, TYPE_CHECKING, Any, Literal

import click

from tradewind.cli.render.paper import Paper, is_terminal

if TYPE_CHECKING:
    from tradewind.engine.results import Document

Mode = Literal["table", "json", "ndjson", "csv", "markdown", "html"]
DOCUMENTS = ("json", "ndjson")  # where an error is a document, too
Lines = Callable[[Paper], Iterable[str]]


class Output:
    def __init__(self, mode: Mode = "table") -> None:
        self.mode: Mode = mode
        self.target: tuple[str, ...] = ()  # flags for commands that are told to try next
        self.gone = False  # nobody reads stdout any more
        self.answered = False  # the one document of --output json was printed
        self.over: Callable[[], None] | None = None  # takes a live view off the screen before anything else is printed

    @property
    def paper(self) -> Paper:
        return Paper.of(sys.stdout, self.target)

    @property
    def margin(self) -> Paper:
        """For what goes to stderr."""
        return Paper.of(sys.stderr, self.target)

    @property
    def can_ask(self) -> bool:
        return is_terminal(sys.stdin) and is_terminal(sys.stderr)

    def result(self, document: Document, lines: Lines) -> None:
        """The answer: the document itself, or its lines for people."""
        if self.mode in DOCUMENTS:
            self.document(document.to_dict())
        else:
            self.lines(lines(self.paper))

    def document(self, document: dict[str, Any]) -> None:
        indent = 2 if self.mode == "json" and is_terminal(sys.stdout) else None
        self.answered = True
        self.text(json.dumps(document, ensure_ascii=not _is_utf8(sys.stdout), indent=indent) + "\n")

    def lines(self, lines: Iterable[str]) -> None:
        self.text("".join(f"{line}\n" for line in lines))

    def text(self, text: str) -> None:
        self.clear()
        self._write(lambda stream: stream.write(text))

    def bytes(self, data: bytes) -> None:
        """As it is: the body of an endpoint's answer."""
        self.clear()

        def write(stream: IO[str]) -> None:
            stream.flush()
            binary = getattr(stream, "buffer", None)
            if binary is None:
                stream.write(data.decode("utf-8", "replace"))
            else:
                binary.write(data)

        self._write(write)

    def say(self, *lines: str) -> None:
        """For people, on stderr."""
        self.clear()
        tell(*lines)

    def clear(self) -> None:
        over, self.over = self.over, None
        if over is not None:
            over()

    def _write(self, write: Callable[[IO[str]], Any]) -> None:
        if self.gone or sys.stdout is None:
            return
        try:
            write(sys.stdout)
            sys.stdout.flush()
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.ECONNRESET, errno.EBADF, errno.EINVAL):
                raise
            self.gone = True
            _forget_stdout()
        except ValueError:  # closed while we ran
            self.gone = True


def tell(*lines: str) -> None:
    """Lines on stderr; without a reader they are lost, which is no reason to fail."""
    stream = sys.stderr
    if stream is None:
        return
    try:
        for line in lines:
            click.echo(line, file=stream, color=True)  # styled only where the paper allowed it
        stream.flush()
    except (OSError, ValueError):
        return


def tolerate_encodings() -> None:
    """A terminal that is not UTF-8 gets escapes instead of a crash."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")


def _is_utf8(stream: IO[str] | None) -> bool:
    return (getattr(stream, "encoding", None) or "").lower().replace("-", "") == "utf8"


def _forget_stdout() -> None:
    """Else the interpreter complains at exit that it could not flush."""
    import os

    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - it stays for the rest of the process
