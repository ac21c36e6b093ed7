"""The fake `pulumi` on PATH: which recording it replays, what is changed in it, and what it was given."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.infra.adapter import programs
from tradewind.errors import TradewindError
from tradewind.infra.adapter.stack import Ground
from tradewind.infra.adapter.workspace import Place
from tradewind.values import Event

RECORDED = Path(__file__).parent / "recorded"
PROGRAM = Path(__file__).parent / "fake_pulumi.py"
VERSION = "v3.260.0"  # of the `pulumi` that was recorded
Row = dict[str, Any]
Put = Callable[..., "Fake"]


@dataclass(frozen=True)
class Fake:
    folder: Path

    @property
    def calls(self) -> list[Row]:
        path = self.folder / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def commands(self) -> list[str]:
        """Without what is asked of a backend beside."""
        names = [
            " ".join(word for word in call["args"] if not word.startswith("-"))[:12].split()[0] for call in self.calls
        ]
        return [name for name in names if name not in ("stack", "config")]

    @property
    def heard(self) -> str:
        """How many stops, "" for none."""
        path = self.folder / "heard"
        return path.read_text() if path.exists() else ""

    def ran(self, name: str) -> bool:
        return (self.folder / name).exists()


def put(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    recording: str,
    change: Callable[[list[Row]], Sequence[Row]] = lambda rows: rows,
    version: str = VERSION,
) -> Fake:
    """`change` gets the recorded commands and gives those that are replayed."""
    folder = tmp_path / "fake"
    folder.mkdir(exist_ok=True)
    rows = [json.loads(line) for line in (RECORDED / f"{recording}.jsonl").read_text().splitlines()]
    (folder / "recording.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in change(rows)))
    (folder / "version").write_text(version)
    made = folder / "pulumi"
    made.write_text(f"#!{sys.executable}\n{PROGRAM.read_text()}")
    made.chmod(0o700)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    return Fake(folder)


def at(rows: list[Row], key: str) -> Row:
    """The last one of that command that has events."""
    return next(row for row in reversed(rows) if row["key"] == key and row.get("events"))


def ground(told: list[Event] | None = None, stop: Any = None, **more: Any) -> Ground:
    report = (told if told is not None else []).append
    return Ground.open(Place("dev", program=programs.plain, **more), report, stop)


def changed(key: str, edit: Callable[[list[str]], list[str]], **more: Any) -> Callable[[list[Row]], list[Row]]:
    """The events of that command are edited, and fields of its row are others."""

    def change(rows: list[Row]) -> list[Row]:
        row = at(rows, key)
        row.update(events=edit(row["events"]), **more)
        return rows

    return change


def failure(act: Callable[[], Any]) -> TradewindError:
    with pytest.raises(TradewindError) as caught:
        act()
    return caught.value
