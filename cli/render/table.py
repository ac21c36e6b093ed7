"""The live table: a row a thing that changes, with how long it has taken, its traffic, and the last lines of a log."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from tradewind.cli.render import logs, pieces
from tradewind.cli.render.paper import Paper

if TYPE_CHECKING:
    from tradewind.values import Event

_TAIL = 6
_BAR = 24
_GOOD = frozenset({"succeeded", "promoted", "down", "removed", "done"})
_BAD = frozenset({"failed", "rolled_back", "stopped", "aborted"})
_REMARKS = frozenset({"upload", "up.note", "train.note", "lock.left", "lock.sweep", "ledger.unreadable"})
_SPIN = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_SPIN_ASCII = "|/-\\"


@dataclass
class Row:
    """`verdict`: "" while it goes on, "good", "bad", or "said" for what was only remarked."""

    subject: str
    since: float
    text: str = ""
    verdict: str = ""
    share: int | None = None
    ended: float | None = None


class Table:
    def __init__(self) -> None:
        self._rows: dict[str, Row] = {}
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self.footer = ""

    def take(self, event: Event, now: float) -> None:
        if is_log(event):
            self._tail.append(headline(event))
            return
        for other in self._rows.values():  # whoever waited for the lock has it, once anything else happens
            if other.verdict == "" and other.text.startswith("waiting for ") and event.kind != "lock.wait":
                other.verdict, other.ended = "said", now
        row = self._rows.setdefault(event.subject, Row(event.subject, now))
        row.text = headline(event)
        row.verdict = verdict(event)
        share = event.data.get("share")
        row.share = share if isinstance(share, int) else None
        row.ended = now if row.verdict else None
        if row.verdict == "good":
            self._tail.clear()

    def finish(self, *, failed: bool) -> None:
        """The last picture stays on the screen: what still goes on is no longer watched."""
        self.footer = ""
        for row in self._rows.values():
            if row.verdict == "":
                row.verdict = "bad" if failed else "said"
        if not failed:
            self._tail.clear()

    def lines(self, paper: Paper, now: float) -> list[str]:
        lines: list[str] = []
        label = min(max(28, paper.width // 2), max((len(row.subject) for row in self._rows.values()), default=0))
        for row in self._rows.values():
            took = (row.ended or now) - row.since
            elapsed = pieces.seconds(round(took)) if took >= 1 else ""
            lead = f"{_sign(row, paper, now)} {row.subject.ljust(label)} {paper.dim(elapsed.rjust(7))}  "
            text = paper.dim(row.text) if row.verdict == "said" else row.text
            lines += paper.wrap(lead + text, 0, min(label + 12, paper.width // 2))
            if row.share is not None and not row.verdict:
                lines += _bars(row.share, paper)
        lines += [_cut(f"  {paper.sign('·')} {line}", paper) for line in self._tail]
        return lines + (["", *paper.wrap(paper.style(self.footer, "yellow"))] if self.footer else [])


def headline(event: Event) -> str:
    """One line: a reason may hold a whole traceback, which the error shows in the end. A log's keeps its indentation."""
    if is_log(event):
        return logs.message(event.text.expandtabs(4).rstrip()).replace("\n", " ")
    lines = event.text.removeprefix(f"{event.subject}: ").strip().splitlines() or [""]
    return " ".join(lines[0].split())


def is_log(event: Event) -> bool:
    return event.kind == "log" or event.kind.endswith(".log")


def verdict(event: Event) -> str:
    """Whether the event ends its subject's way, and how."""
    said = str(event.data.get("outcome") or event.data.get("state") or event.kind.rpartition(".")[2])
    if said in _GOOD:
        return "good"
    if said in _BAD or event.kind == "rollout.done":  # any other outcome of a rollout is that it did not stand
        return "bad"
    return "said" if event.kind in _REMARKS else ""


def _sign(row: Row, paper: Paper, now: float) -> str:
    if row.verdict == "bad":
        return paper.style(paper.sign("✗"), pieces.BAD, bold=True)
    if row.verdict == "good":
        return paper.style(paper.sign("✓"), pieces.GOOD, bold=True)
    if row.verdict == "said":
        return paper.dim(paper.sign("·"))
    frames = _SPIN if paper.unicode else _SPIN_ASCII
    return paper.style(frames[int(now * 8) % len(frames)], pieces.BUSY)


def _bars(share: int, paper: Paper) -> list[str]:
    size = max(5, min(_BAR, paper.width - 22))
    signs = ("█", "░") if paper.unicode else ("#", ".")
    lines = []
    for name, part in (("new", share), ("old", 100 - share)):
        full = round(size * part / 100)
        bar = paper.style(signs[0] * full, pieces.GOOD if name == "new" else None) + paper.dim(signs[1] * (size - full))
        lines.append(f"    {name}  {bar} {part:3d} %")
    return lines


def _cut(line: str, paper: Paper) -> str:
    plain = click.unstyle(line)
    return paper.dim(plain if len(plain) < paper.width else plain[: paper.width - 4] + paper.sign("…"))
