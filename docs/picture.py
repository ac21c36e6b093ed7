"""Draws up.svg: a real `deploy up` of examples/tabular, an update with a canary under load, as a terminal showed it.

`make picture` runs it again. No web font is asked for, and the picture brings its own background.
"""

from __future__ import annotations

import fcntl
import io
import json
import os
import pty
import re
import shutil
import struct
import subprocess
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from examples.load import Load, body_of

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "docs" / "up.svg"
ROWS, COLUMNS = 48, 92
BETTER = ["--env", "demo", "--set", "train.parameters.trees=60", "--set", "train.parameters.depth=6"]
QUESTION = "[y/N] "
PROMPT = "\x1b[32m$\x1b[0m deploy up " + " ".join(BETTER)
DARK = TerminalTheme(
    (22, 27, 34),
    (216, 222, 233),
    [
        (72, 79, 88),
        (255, 123, 114),
        (86, 211, 100),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (216, 222, 233),
    ],
)
SVG = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>deploy up: the plan, the training job, the rollout, and what to do next</title>
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-ligatures: none;
}}
.{unique_id}-title {{ font-size: 18px; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal"><rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}
</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""
_MOVES = re.compile(r"(\r|\n|\x1b\[[0-9;?]*[A-Za-z])")


def screen(raw: str) -> list[str]:
    """What a terminal shows in the end: lines with their colours. Knows the few moves that a live view makes."""
    lines, row, fresh = [""], 0, False
    for piece in _MOVES.split(raw):
        if piece == "\r":
            fresh = True  # what is written next starts the line anew
        elif piece == "\n":
            row, fresh = row + 1, False
            lines += [""] * (row + 1 - len(lines))
        elif piece.startswith("\x1b[") and not piece.endswith("m"):
            if piece.endswith("A"):
                row = max(0, row - int(piece[2:-1] or 1))
            elif piece.endswith("K"):
                lines[row] = ""
        elif piece:
            lines[row] = ("" if fresh else lines[row]) + piece
            fresh = False
    while not lines[-1].strip():
        lines.pop()
    return lines


def played(project: Path) -> str:
    """Run the update on a terminal of its own and answer its question; everything that was written to it."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "PYTHONIOENCODING": "utf-8"}
    env.pop("NO_COLOR", None)
    child = subprocess.Popen(
        ["deploy", "up", *BETTER], cwd=project, env=env, stdin=slave, stdout=slave, stderr=slave, start_new_session=True
    )
    os.close(slave)
    raw, answered = b"", False
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # EIO: how Linux says that nobody holds the other side any more
            break
        if not data:
            break
        raw += data
        if not answered and QUESTION.encode() in raw:
            os.write(master, b"y\n")
            answered = True
    os.close(master)
    if child.wait():
        raise SystemExit(f"deploy up exited {child.returncode}:\n{raw.decode()}")
    return raw.decode()


def draw(lines: list[str], target: Path = TARGET) -> None:
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    for line in lines:
        console.print(Text.from_ansi(line), soft_wrap=True)
    console.save_svg(str(target), title="", theme=DARK, code_format=SVG, unique_id="up")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="tradewind-picture-") as folder:
        os.environ["TRADEWIND_HOME"] = f"{folder}/home"
        project = Path(folder, "benign")
        shutil.copytree(ROOT / "examples" / "tabular", project)
        try:
            first = ["deploy", "up", "--yes", "--env", "demo", "--output", "json"]
            done = subprocess.run(first, cwd=project, capture_output=True, text=True, check=True)
            with Load(json.loads(done.stdout)["url"], body_of("tabular")):
                raw = played(project)
        finally:
            subprocess.run(["deploy", "down", "--yes", "--env", "demo"], cwd=project, capture_output=True, check=False)
    draw([PROMPT, *screen(raw)])


if __name__ == "__main__":
    main()
