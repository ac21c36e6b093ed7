"""How long a command takes as a whole process, against bare Python and bare click, in turn and in one run."""

from __future__ import annotations

import compileall
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import tradewind

ROUNDS = 15


def _seconds(command: list[str], env: dict[str, str], cwd: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
    return time.perf_counter() - began


def medians(commands: dict[str, list[str]], env: dict[str, str], cwd: Path) -> dict[str, float]:
    """Seconds by name: the commands run in turn, so that a noisy machine is noisy for all of them."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(ROUNDS + 1):
        for name, command in commands.items():
            seconds = _seconds(command, env, cwd)
            if turn:  # the first is the warm-up
                taken[name].append(seconds)
    return {name: statistics.median(values) for name, values in taken.items()}


def figures() -> list[tuple[str, str, str]]:
    # Uncompiled imports are three times as slow, and some machines write no bytecode by themselves.
    compileall.compile_dir(str(Path(tradewind.__file__).parent), quiet=2, maxlevels=20)
    deploy = str(Path(sys.executable).with_name("deploy"))
    peers = {"dstack --help": ["dstack", "--help"]} if shutil.which("dstack") else {}
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(Path(__file__).parents[1] / "examples" / "tabular", project)
        env = {**os.environ, "TRADEWIND_HOME": f"{folder}/home"}
        commands = {
            "python": [sys.executable, "-c", "pass"],
            "import click": [sys.executable, "-c", "import click"],
            "deploy --help": [deploy, "--help"],
            "deploy plan": [deploy, "plan"],
            **peers,
        }
        took = medians(commands, env, project)
    bare = took["python"]
    goals = {"deploy --help": "goal 0.1 s where python takes 0.015 s (6.7 x)", "deploy plan": "goal 0.25 s (16.7 x)"}
    return against(took, bare, goals)


def against(took: Mapping[str, float], bare: float, goals: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Each command's seconds, as a multiple of what an empty Python takes in the same run."""
    return [
        (name, f"{seconds:.3f} s, {seconds / bare:.1f} x bare python", goals.get(name, ""))
        for name, seconds in took.items()
    ]


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
