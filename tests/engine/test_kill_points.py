"""`kill -9` of a real `deploy up` after its outgoing effects, with the real local provider: the same command then finishes.

The points are enumerated by the effects' own hook, not guessed. tests/engine/flow/test_killed.py kills at every one of them on
the fake cloud; here real processes die, at points spread over the whole way, and in a row.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

DEPLOY = str(Path(sys.executable).with_name("deploy"))
SPEC = """
name: killed
train:
  source: training/
  command: python train.py
  max_runtime: 2m
serve: {handler: serve.py, startup_timeout: 60s}
"""
TRAIN = "import os, pathlib; pathlib.Path(os.environ['TW_MODEL_DIR'], 'model.txt').write_text('42')\n"
HANDLER = """
from pathlib import Path
def load(model_dir): return Path(model_dir, 'model.txt').read_text()
def predict(model, inputs): return {'answer': model}
"""
POINTS = 6  # fresh starts, spread evenly; the row below goes through all the rest


@dataclass
class Project:
    folder: Path
    home: Path

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        environ = {**os.environ, "TRADEWIND_HOME": str(self.home), **environment}
        said = [DEPLOY, *words]
        return subprocess.run(
            said, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=100, check=False
        )

    def up(self, *, kill_after: int | None = None, log: Path | None = None) -> subprocess.CompletedProcess[str]:
        environment = {}
        if kill_after is not None:
            environment["TRADEWIND_TEST_KILL_AFTER"] = str(kill_after)
        if log is not None:
            environment["TRADEWIND_TEST_EFFECTS"] = str(log)
        return self.run("up", "--yes", "--output", "json", **environment)

    def processes(self) -> list[str]:
        """Everything that runs out of this project's state folder."""
        found = []
        for process in psutil.process_iter(["cmdline", "environ"]):
            said = [*(process.info["cmdline"] or ()), (process.info["environ"] or {}).get("TRADEWIND_HOME", "")]
            if process.pid != os.getpid() and any(str(self.home) in word for word in said):
                found.append(" ".join(said))
        return found

    def check_and_take_down(self) -> None:
        """It stands, exists once, answers, is told as it was, and leaves nothing behind."""
        done = self.up()
        assert done.returncode == 0, done.stderr
        made = json.loads(done.stdout)
        assert not made["changed"]
        request = urllib.request.Request(
            made["url"] + "invocations", data=b"{}", headers={"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            assert json.loads(answer.read()) == {"answer": "42"}
        seen = json.loads(self.run("status", "--output", "json").stdout)
        assert [version["share"] for version in seen["endpoint"]["versions"]] == [100]
        assert [job["state"] for job in seen["jobs"]] == ["succeeded"]
        told = json.loads(self.run("history", "--output", "json").stdout)["entries"]
        assert [line["what"] for line in told] == ["rolled_out", "trained"]
        gone = self.run("down", "--yes", "--purge", "--output", "json")
        assert gone.returncode == 0, gone.stderr
        assert self.processes() == []
        left = [path for path in (self.home / "local").glob("*/killed*") if not path.name.startswith(".")]
        assert left == []


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    folder = tmp_path / "project"
    (folder / "training").mkdir(parents=True)
    (folder / "deploy.yaml").write_text(SPEC)
    (folder / "training" / "train.py").write_text(TRAIN)
    (folder / "serve.py").write_text(HANDLER)
    made = Project(folder, tmp_path / "home")
    yield made
    made.run("down", "--yes")


def effects_of(log: Path) -> list[str]:
    return log.read_text().splitlines() if log.exists() else []


@pytest.fixture(scope="module")
def how_many(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Effects of one whole first `up`, as its own hook counts them."""
    folder = tmp_path_factory.mktemp("count")
    (folder / "training").mkdir()
    (folder / "deploy.yaml").write_text(SPEC)
    (folder / "training" / "train.py").write_text(TRAIN)
    (folder / "serve.py").write_text(HANDLER)
    counted = Project(folder, folder / "home")
    done = counted.up(log=folder / "effects")
    counted.run("down", "--yes")
    assert done.returncode == 0, done.stderr
    return len(effects_of(folder / "effects"))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(POINTS))
def test_killed_once_at(project: Project, how_many: int, part: int, tmp_path: Path) -> None:
    assert how_many > POINTS
    point = 1 + part * (how_many - 1) // (POINTS - 1)
    killed = project.up(kill_after=point, log=tmp_path / "effects")
    # How often a changed state is seen on the way differs by a few: a quicker run may be done before the last point.
    quicker = part == POINTS - 1 and len(effects_of(tmp_path / "effects")) < point
    assert killed.returncode == (0 if quicker else -signal.SIGKILL)
    again = project.up()
    assert again.returncode == 0, again.stderr
    project.check_and_take_down()


@pytest.mark.slow
def test_killed_in_a_row_each_time_one_effect_later(project: Project, tmp_path: Path) -> None:
    for point in range(1, 60):
        done = project.up(kill_after=point, log=tmp_path / "effects")
        if done.returncode == 0:
            break
        assert done.returncode == -signal.SIGKILL, done.stderr
    else:
        pytest.fail("it never finished")
    assert point > 5
    lines = effects_of(tmp_path / "effects")
    assert len([line for line in lines if "trainer.ensure" in line]) <= point
    project.check_and_take_down()
