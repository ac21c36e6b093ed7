"""Running the bootstrap as a container would: the shipped archive on PYTHONPATH, an environment, nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH")


@dataclass
class Container:
    """A folder that stands for a container's disk."""

    folder: Path
    runtime: Path
    python: str = sys.executable

    @property
    def model(self) -> Path:
        return self.folder / "model"

    @property
    def failure(self) -> Any:
        return json.loads((self.folder / "failure.json").read_text())

    def env(self, words: Mapping[str, str]) -> dict[str, str]:
        base = {name: os.environ[name] for name in KEPT if name in os.environ}
        ours = {
            "PYTHONPATH": str(self.runtime),
            "TW_CODE": str(self.folder / "code"),
            "TW_MODEL_DIR": str(self.model),
            "TW_OUTPUT_DIR": str(self.folder / "output"),
            "TW_CHECKPOINT_DIR": str(self.folder / "checkpoints"),
            "TW_FAILURE_FILE": str(self.folder / "failure.json"),
        }
        return {name: value for name, value in {**base, **ours, **words}.items() if value != "-"}

    def write(self, **files: str) -> None:
        (self.folder / "code").mkdir(exist_ok=True)
        for name, text in files.items():
            (self.folder / "code" / f"{name}.py").write_text(text)

    def start(self, command: str | Sequence[str], **words: str) -> subprocess.Popen[str]:
        """A word set to "-" is left out of the environment."""
        (self.folder / "code").mkdir(exist_ok=True)
        said = command if isinstance(command, str) else json.dumps(list(command))
        return subprocess.Popen(
            [self.python, "-m", "tradewind.training_jobs.bootstrap"],
            env=self.env({"TW_COMMAND": said, **words}),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, command: str | Sequence[str], **words: str) -> subprocess.CompletedProcess[str]:
        process = self.start(command, **words)
        out, err = process.communicate(timeout=60)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def until(done: Any, seconds: float = 20) -> None:
    """Poll, with a deadline."""
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)
