"""Logs on the screen: pages one after another, or lines as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from tradewind.cli.context import Cli
from tradewind.cli.render import logs as render
from tradewind.cli.render.paper import Paper
from tradewind.cli.signals import stoppable

if TYPE_CHECKING:
    from tradewind.engine.clock import Stop
    from tradewind.engine.results import LogDoc, Logs
    from tradewind.engine.session import Session

INTERRUPTED = "TW590"
FIRST = "No longer following; what runs goes on."  # said at once; the end of the command adds how to go on
Readable = Callable[[str, Paper], list[str]]


def show(cli: Cli, page: Callable[[str | None], Logs], cursor: str | None, *, lines_of: Readable = render.line) -> None:
    """Every page there is now. `--output json`: one document that holds all lines and the cursor to go on from."""
    if cli.out.mode == "table":
        for part in _pages(page, cursor):
            cli.out.lines(text for line in part.lines for text in lines_of(line.text, cli.out.paper))
        return
    parts = list(_pages(page, cursor))
    if cli.out.mode == "ndjson":
        for part in parts:
            for line in part.lines:
                cli.out.document(line.to_dict())
        return
    whole = parts[-1].model_copy(update={"lines": tuple(line for part in parts for line in part.lines)})
    cli.out.document(whole.to_dict())


def _pages(page: Callable[[str | None], Logs], cursor: str | None) -> Iterator[Logs]:
    while True:
        part = page(cursor)
        yield part
        if part.end or not part.lines or part.cursor == cursor:
            return
        cursor = part.cursor


def follow(
    cli: Cli,
    opened: Callable[[Stop], Session],
    name: str,
    lines: Callable[[Session], Iterator[LogDoc]],
    again: str,
    *,
    lines_of: Readable = render.line,
) -> None:
    """Lines as they come, until nothing will follow, the reader goes away, or Ctrl-C (which exits 130)."""
    from tradewind.engine.results import Logs
    from tradewind.errors import InterruptedByUser

    kept: list[LogDoc] = []
    with stoppable(FIRST, "Left.", cli.last_words) as stop:
        for line in lines(opened(stop)):
            if cli.out.mode == "table":
                cli.out.lines(lines_of(line.text, cli.out.paper))
            elif cli.out.mode == "ndjson":
                cli.out.document(line.to_dict())
            else:
                kept.append(line)
            if cli.out.gone:
                return
    if cli.out.mode == "json":
        cli.out.document(Logs(name=name, lines=tuple(kept), end=not stop.asked).to_dict())
    if stop.asked:
        raise InterruptedByUser("the log goes on without you", code=INTERRUPTED, hint=again)
