"""How long a comparison of every region takes, and a plan on every provider, as whole processes, against bare Python in turn."""

from __future__ import annotations

import compileall
import os
import shutil
import sys
import tempfile
from pathlib import Path

import tradewind
from benchmarks.startup import against, medians

GOAL = "goal 0.25 s where python takes 0.015 s (16.7 x)"


def figures() -> list[tuple[str, str, str]]:
    # Uncompiled imports are three times as slow, and some machines write no bytecode by themselves.
    compileall.compile_dir(str(Path(tradewind.__file__).parent), quiet=2, maxlevels=20)
    deploy = str(Path(sys.executable).with_name("deploy"))
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(Path(__file__).parents[1] / "examples" / "tabular", project)
        env = {**os.environ, "TRADEWIND_HOME": f"{folder}/home"}
        commands = {
            "python (cost)": [sys.executable, "-c", "pass"],
            "deploy cost compare": [deploy, "cost", "compare"],
            "deploy cost compare --regions all": [deploy, "cost", "compare", "--regions", "all"],
            "deploy cost compare --regions all, html": [deploy, "cost", "compare", "--regions", "all", "-o", "html"],
            "deploy cost prices --top 0": [deploy, "cost", "prices", "--top", "0", "-o", "csv"],
            "deploy plan --all": [deploy, "plan", "--all"],
        }
        took = medians(commands, env, project)
    bare = took["python (cost)"]
    goals = {"deploy cost compare --regions all": GOAL, "deploy plan --all": GOAL}
    return against(took, bare, goals)


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
