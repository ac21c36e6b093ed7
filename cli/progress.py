"""Events as they happen: a live table on a terminal, one timestamped line per change of state without, NDJSON when asked."""

from __future__ import annotations

import sys
import threading
import time
from contextlib import suppress
from datetime import UTC
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tradewind.cli.output import Output, tell
from tradewind.cli.render.paper import is_terminal
from tradewind.cli.render.table import Table, headline, is_log

if TYPE_CHECKING:
    from tradewind.values import Event


class Progress:
    """Give it to the engine as `report`; safe from many threads."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._lock = threading.RLock()
        self._last: dict[str, str] = {}
        self._table = Table()
        self._live: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        detached = getattr(error, "kind", "") == "interrupted"  # what was left to itself has not failed
        self._table.finish(failed=error is not None and not detached)
        self.close()

    def announce(self, text: str) -> bool:
        """Below the table, where there is one; from a signal's handler, so without a lock. False: it was not shown."""
        if self._live is None:
            return False
        self._table.footer = text
        return True

    def close(self) -> None:
        """Leave the last state of the table on the screen and give the terminal back."""
        live, self._live = self._live, None
        self._out.over = None
        if live is not None:
            with suppress(OSError):  # the terminal may be gone
                live.stop()
            if is_terminal(sys.stdout):  # the result follows on the same screen
                tell("")

    def __call__(self, event: Event) -> None:
        with self._lock:
            if self._out.mode == "ndjson":
                self._document(event)
            elif is_terminal(sys.stderr):
                self._table.take(event, time.monotonic())
                self._start()
            else:
                self._line(event)

    def _document(self, event: Event) -> None:
        from tradewind.engine.results import EventDoc

        document = EventDoc(
            time=event.time, kind=event.kind, subject=event.subject, text=event.text, data=dict(event.data)
        )
        self._out.document(document.to_dict())

    def _line(self, event: Event) -> None:
        """The same thing said again is no change of state; a line of a log always is."""
        text = headline(event)
        if not is_log(event):
            if self._last.get(event.subject) == text:
                return
            self._last[event.subject] = text
        stamp = event.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        tell(f"{stamp} {event.subject}: {'| ' if is_log(event) else ''}{text}")

    def _start(self) -> None:
        if self._live is not None:
            return
        from rich.console import Console  # only where there is a terminal to draw on
        from rich.live import Live

        console = Console(stderr=True, no_color=not self._out.margin.color, highlight=False, soft_wrap=True)
        self._live = Live(
            get_renderable=self._renderable,
            console=console,
            refresh_per_second=8,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._live.start()
        self._out.over = self.close

    def _renderable(self) -> Any:
        from rich.text import Text

        with self._lock:
            return Text.from_ansi("\n".join(self._table.lines(self._out.margin, time.monotonic())))
