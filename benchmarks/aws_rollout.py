"""A canary and a way back on the emulated SageMaker under load: requests, failures, the longest time without an answer."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from benchmarks.aws_ground import ground
from tests.examples.aws_load import Load

EXAMPLE = Path(__file__).parents[1] / "examples" / "tabular"
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "10000"))
QUICK = ("--set", "serve.rollout.bake=2m", "--set", "serve.rollout.keep=0s")


def figures() -> list[tuple[str, str, str]]:
    with ground(speed=60) as here:
        for name in ("deploy.yaml", "training", "serve.py"):
            path = here.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(EXAMPLE, here.folder, dirs_exist_ok=True)
        spec = here.folder / "deploy.yaml"
        spec.write_text(
            spec.read_text().replace("provider: local", "provider: aws\nfoundation: {file: foundation.json}")
        )
        here.deploy("up", "--yes", *QUICK)
        body = (here.folder / "request.json").read_bytes()
        with Load(here.emulator.url, "benign", body, clients=8, rate=50) as load:
            here.deploy("up", "--yes", *QUICK, "--set", "train.parameters.trees=21")
            here.deploy("endpoint", "rollback", "--yes")
            load.until(REQUESTS, 600)
        here.deploy("down", "--yes")
    return [
        ("SageMaker (emulated): canary and rollback under load", str(load.tally), f"goal 0 failures of {REQUESTS:,}")
    ]


if __name__ == "__main__":
    for row in figures():
        print(*row, sep="  |  ")
