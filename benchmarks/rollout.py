"""A canary from one version to the next under constant load: requests, failures, and the longest time without an answer."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from examples.load import Load, Tally, body_of

EXAMPLE = Path(__file__).parents[1] / "examples" / "tabular"
REQUESTS = 10_000


def _deploy(project: Path, env: dict[str, str], *words: str) -> str:
    command = ["deploy", *words, "-f", str(project / "deploy.yaml"), "--env", "demo"]
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout


def roll(project: Path, env: dict[str, str]) -> Tally:
    _deploy(project, env, "up", "--yes")
    url = json.loads(_deploy(project, env, "endpoint", "status", "--output", "json"))["url"]
    with Load(url, body_of("tabular"), clients=8, rate=100) as load:
        _deploy(project, env, "up", "--yes", "--set", "train.parameters.trees=21")
        deadline = time.monotonic() + 300
        while load.tally.requests < REQUESTS and time.monotonic() < deadline:
            time.sleep(0.1)  # the load goes on until the number is reached
    return load.tally


def figures() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        project = Path(folder, "project")
        shutil.copytree(EXAMPLE, project)
        env = {**os.environ, "TRADEWIND_HOME": f"{folder}/home"}
        try:
            tally = roll(project, env)
        finally:
            _deploy(project, env, "down", "--yes")
    return [("canary under load", str(tally), f"goal 0 failures of {REQUESTS:,}")]


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
