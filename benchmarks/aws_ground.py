"""An emulated account behind a proxy that adds latency and counts calls, and a tiny project in it."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.faults.calls import Call
from tests.faults.proxy import Proxy
from tests.sandbox.emulator import Emulator

LATENCY = 0.06  # seconds a call, as between a laptop and a region
ROLE = "arn:aws:iam::123456789012:role/trainer"
BUCKET = "work"
SPEC = """\
name: tiny
provider: aws
foundation: {file: foundation.json}
train:
  source: training/
  command: python train.py --factor {factor}
  framework: sklearn
  parameters: {factor: 2}
  max_runtime: 1h
serve:
  model: train
  handler: serve.py
  framework: sklearn
  rollout: {bake: 1m, keep: 0s}
"""
TRAIN = """\
import os, sys
from pathlib import Path
Path(os.environ.get("TW_MODEL_DIR", "/opt/ml/model"), "factor.txt").write_text(sys.argv[2])
"""
SERVE = """\
from pathlib import Path

def load(model_dir):
    return float(Path(model_dir, "factor.txt").read_text())

def predict(model, inputs):
    return [model * row for row in inputs]
"""
KEYS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass(frozen=True)
class Ground:
    folder: Path
    emulator: Emulator
    proxy: Proxy

    @property
    def env(self) -> dict[str, str]:
        mine = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TRADEWIND_"))}
        return {**mine, **KEYS, "AWS_ENDPOINT_URL": self.proxy.url, "TRADEWIND_HOME": str(self.folder / "home")}

    def timed(self, command: Sequence[str]) -> tuple[float, list[Call], str]:
        """Seconds of the whole process, its calls, and what it said."""
        since, began = len(self.proxy.calls), time.perf_counter()
        done = subprocess.run(
            command, cwd=self.folder, env=self.env, capture_output=True, text=True, timeout=600, check=False
        )
        took = time.perf_counter() - began
        if done.returncode:
            raise RuntimeError(f"{command} exits {done.returncode}\n{done.stdout}\n{done.stderr}")
        return took, self.proxy.calls[since:], done.stdout

    def deploy(self, *words: str) -> tuple[float, list[Call], str]:
        return self.timed(["deploy", *words])


@contextmanager
def ground(speed: float = 600) -> Iterator[Ground]:
    before = dict(os.environ)
    os.environ.update(KEYS)
    with tempfile.TemporaryDirectory(prefix="tradewind-bench-") as top:
        emulator = Emulator(Path(top, "account"))
        emulator.start("--speed", str(speed), "--grace", "5")
        try:
            emulator.furnish()
            with Proxy(emulator.url) as proxy:
                yield Ground(_project(Path(top, "project")), emulator, proxy)
        finally:
            emulator.end()
            os.environ.clear()
            os.environ.update(before)


def _project(folder: Path) -> Path:
    said = {"root": f"s3://{BUCKET}/root", "region": "us-east-1", "outputs": {"runtime_role": ROLE}}
    files = {
        "deploy.yaml": SPEC,
        "foundation.json": json.dumps(said),
        "training/train.py": TRAIN,
        "serve.py": SERVE,
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder
