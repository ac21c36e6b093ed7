"""Events as they happen: a live table on a terminal, one timestamped line per change of state without, NDJSON when asked."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC
from types import TracebackType
from typing import TYPE_CHECKING, Any

from tradewind.cli.output import Output, tell
from tradewind.cli.render import pieces
from tradewind.cli.render.paper import Paper, is_terminal

if TYPE_CHECKING:
    from tradewind.values import Event

LOG = "log"
_TAIL = 6
_BAR = 20
_ENDED = frozenset({"succeeded", "done", "serving", "settled", "promoted", "removed", "reused", "retired", "released"})
_BROKE = frozenset({"failed", "rolled_back", "stopped", "aborted", "lost"})


@dataclass
class Row:
    subject: str
    since: float
    text: str = ""
    state: str = ""
    shares: dict[str, int] = field(default_factory=dict)
    ended: float | None = None

    @property
    def broke(self) -> bool:
        return self.state in _BROKE


class Progress:
    """Give it to the engine as `report`; safe from many threads."""

    def __init__(self, out: Output) -> None:
        self._out = out
        self._lock = threading.RLock()
        self._last: dict[str, str] = {}
        self._rows: dict[str, Row] = {}
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._live: Any = None

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the last state of the table on the screen and give the terminal back."""
        live, self._live = self._live, None
        self._out.over = None
        if live is not None:
            live.stop()

    def __call__(self, event: Event) -> None:
        with self._lock:
            if self._out.mode == "ndjson":
                self._document(event)
            elif is_terminal(_stderr()):
                self._show(event)
            else:
                self._line(event)

    def _document(self, event: Event) -> None:
        from tradewind.engine.results import EventDoc

        self._out.document(
            EventDoc(
                time=event.time, kind=event.kind, subject=event.subject, text=event.text, data=dict(event.data)
            ).to_dict()
        )

    def _line(self, event: Event) -> None:
        """The same thing said again is no change of state."""
        if event.kind != LOG:
            if self._last.get(event.subject) == event.text:
                return
            self._last[event.subject] = event.text
        stamp = event.time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        mark = "| " if event.kind == LOG else ""
        tell(f"{stamp} {event.subject}: {mark}{' '.join(event.text.split())}")

    def _show(self, event: Event) -> None:
        self._take(event)
        if self._live is None:
            self._start()

    def _take(self, event: Event) -> None:
        if event.kind == LOG:
            self._tail.append(event.text)
            return
        now = time.monotonic()
        row = self._rows.setdefault(event.subject, Row(event.subject, now))
        row.text, row.state = event.text, _state(event)
        row.shares = _shares(event) or row.shares
        row.ended = now if row.state in _ENDED | _BROKE else None

    def _start(self) -> None:
        from rich.console import Console  # only where there is a terminal to draw on
        from rich.live import Live

        console = Console(stderr=True, no_color=not self._out.margin.color, highlight=False, soft_wrap=True)
        self._live = Live(get_renderable=self._renderable, console=console, refresh_per_second=8, redirect_stdout=False)
        self._live.start()
        self._out.over = self.close

    def _renderable(self) -> Any:
        from rich.text import Text

        with self._lock:
            return Text.from_ansi("\n".join(self.picture(self._out.margin, time.monotonic())))

    def picture(self, paper: Paper, now: float) -> list[str]:
        """The table at a moment: sign, subject, how long, what; shares of traffic as bars; the log's last lines."""
        lines: list[str] = []
        label = min(28, max((len(r.subject) for r in self._rows.values()), default=0)) + 2
        for row in self._rows.values():
            elapsed = pieces.seconds(round((row.ended or now) - row.since)) if now - row.since >= 1 else ""
            lead = f"{_sign(row, paper, now)} {row.subject.ljust(label)}{paper.dim(elapsed.rjust(8))}  "
            lines += paper.wrap(lead + row.text, 0, min(label + 12, paper.width // 2))
            lines += [_bar(name, share, paper) for name, share in row.shares.items()]
        lines += [_cut(paper, paper.dim(f"  {paper.sign('·')} {line}")) for line in self._tail if not self._over()]
        return [line for line in lines if line.strip()]

    def _over(self) -> bool:
        """The log's tail goes once everything has ended."""
        return bool(self._rows) and all(r.ended is not None and not r.broke for r in self._rows.values())


def _stderr() -> Any:
    import sys

    return sys.stderr


def _state(event: Event) -> str:
    said = event.data.get("state")
    return str(said) if said is not None else event.kind.rpartition(".")[2]


def _shares(event: Event) -> dict[str, int]:
    """`share.a=10` or `a=10` among the data of a rollout's events."""
    found: dict[str, int] = {}
    for key, value in event.data.items():
        slot = key.removeprefix("share.").removeprefix("traffic.")
        if slot in ("a", "b") and isinstance(value, int) and not isinstance(value, bool):
            found[slot] = value
    return found


_SPIN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SPIN_ASCII = "|/-\\"


def _sign(row: Row, paper: Paper, now: float) -> str:
    if row.broke:
        return paper.style(paper.sign("✗"), pieces.BAD, bold=True)
    if row.ended is not None:
        return paper.style(paper.sign("✓"), pieces.GOOD, bold=True)
    frames = _SPIN if paper.unicode else _SPIN_ASCII
    return paper.style(frames[int(now * 8) % len(frames)], pieces.BUSY)


def _bar(slot: str, share: int, paper: Paper) -> str:
    size = max(5, min(_BAR, paper.width - 20))
    full = round(size * share / 100)
    signs = ("█", "░") if paper.unicode else ("#", ".")
    bar = paper.style(signs[0] * full, pieces.GOOD) + paper.dim(signs[1] * (size - full))
    return f"    {slot}  {bar} {share:3d} %"


def _cut(paper: Paper, line: str) -> str:
    import click

    plain = click.unstyle(line)
    return line if len(plain) < paper.width else paper.dim(plain[: paper.width - 2] + paper.sign("…"))
