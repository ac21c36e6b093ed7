"""A tiny project, and the real command in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

SPEC = """\
name: tiny
provider: local
train:
  source: training/
  command: python train.py --factor {factor}
  parameters: {factor: 2}
serve:
  model: train
  handler: serve.py
  startup_timeout: 20s
  rollout: {strategy: canary, steps: [50], bake: 1s, min_requests: 5, keep: 1h, abort_if: {error_rate: 5%, p95: 400ms}}
"""
TRAIN = """\
import os, sys
from pathlib import Path
Path(os.environ["TW_MODEL_DIR"], "factor.txt").write_text(sys.argv[2])
"""
SERVE = """\
from pathlib import Path

def load(model_dir):
    return float(Path(model_dir, "factor.txt").read_text())

def predict(model, inputs):
    return [model * row for row in inputs]
"""


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass(frozen=True)
class Project:
    """`deploy(...)` runs the command in the project's folder. Everything it leaves running goes at the test's end."""

    folder: Path
    env: dict[str, str] = field(default_factory=dict)

    def write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def start(self, *words: str, **more: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tradewind", *words]
        env = {**os.environ, **self.env, **more}
        return subprocess.Popen(
            command, cwd=self.folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def deploy(self, *words: str, timeout: float = 90, **more: str) -> Answer:
        process = self.start(*words, **more)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            out, err = process.communicate()
            pytest.fail(f"deploy {words} took more than {timeout} s\n{out}\n{err}")
        return Answer(process.returncode, out, err)

    def up(self, *words: str, **more: str) -> Answer:
        answer = self.deploy("up", "--yes", *words, **more)
        assert answer.code == 0, answer
        return answer

    def url(self) -> str:
        url = self.deploy("endpoint", "status", "--output", "json").json["url"]
        assert isinstance(url, str)
        return url

    def ask(self, rows: list[float]) -> Any:
        path = self.folder / "ask.json"
        path.write_text(json.dumps(rows))
        answer = self.deploy("endpoint", "invoke", "--file", str(path))
        assert answer.code == 0, answer
        return answer.json


def tiny(folder: Path) -> Project:
    """The project written out in a new folder."""
    project = Project(folder)
    project.write("deploy.yaml", SPEC)
    project.write("training/train.py", TRAIN)
    project.write("serve.py", SERVE)
    return project
