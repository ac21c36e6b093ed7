"""A secret's value goes through a whole life of a project - and is found in no file, output or process argument."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

DEPLOY = Path(sys.executable).with_name("deploy")

SPEC = """\
name: canary
provider: local
secrets: [CANARY_TOKEN]
train: {source: src, command: python train.py, max_runtime: 2m}
serve: {handler: src/serve.py, startup_timeout: 1m}
"""

# Both prove that the value arrives, and the job even prints it: its log must not show it.
TRAIN = """\
import hashlib, os, pathlib
value = os.environ["CANARY_TOKEN"]
assert hashlib.sha256(value.encode()).hexdigest() == "{digest}"
print("the token is", value, flush=True)
pathlib.Path(os.environ["TW_MODEL_DIR"], "weights.txt").write_text("1")
print("trained", flush=True)
"""

SERVE = """\
import hashlib, os
def load(model_dir):
    assert hashlib.sha256(os.environ["CANARY_TOKEN"].encode()).hexdigest() == "{digest}"
    return 1
def predict(model, inputs):
    if inputs == ["reveal"]:
        raise ValueError("the key " + os.environ["CANARY_TOKEN"] + " is not known")
    print("called with", os.environ["CANARY_TOKEN"], flush=True)
    return [model for _ in inputs]
"""

BROKEN = """\
import os
def load(model_dir):
    raise RuntimeError("cannot sign in with " + os.environ["CANARY_TOKEN"])
def predict(model, inputs):
    return inputs
"""


class Arguments(threading.Thread):
    """Looks at the arguments of every process of this machine, over and over, for the value."""

    def __init__(self, needle: str) -> None:
        super().__init__(daemon=True)
        self.needle, self.found, self.looks = needle, set[str](), 0
        self._over = threading.Event()

    def run(self) -> None:
        while not self._over.wait(0.02):
            self.looks += 1
            for process in psutil.process_iter():
                try:
                    line = " ".join(process.cmdline())
                except psutil.Error:
                    continue
                if self.needle in line:
                    self.found.add(line.replace(self.needle, "<VALUE>"))

    def end(self) -> None:
        self._over.set()
        self.join()


class Project:
    def __init__(self, folder: Path, home: Path, value: str) -> None:
        self.folder, self.home, self.value = folder, home, value
        self.temporary = folder.parent / "temporary"
        self.temporary.mkdir()
        (folder / "src").mkdir(parents=True)
        self.write("deploy.yaml", SPEC)
        self.write("src/train.py", TRAIN)
        self.write("src/serve.py", SERVE)

    def write(self, name: str, text: str) -> None:
        digest = hashlib.sha256(self.value.encode()).hexdigest()
        (self.folder / name).write_text(text.replace("{digest}", digest))

    def deploy(self, *words: str, stdin: str = "", code: int = 0) -> str:
        """Both streams; asserts the exit code."""
        env = {**os.environ, "CANARY_TOKEN": self.value, "TMPDIR": str(self.temporary), "NO_COLOR": "1"}
        done = subprocess.run(
            [DEPLOY, *words],
            cwd=self.folder, env=env, input=stdin, capture_output=True, text=True, timeout=100, check=False,
        )  # fmt: skip
        said = done.stdout + done.stderr
        self.holds_no_value(f"output of deploy {' '.join(words)}", said.encode())
        assert done.returncode == code, f"deploy {' '.join(words)} exits {done.returncode}:\n{said}"
        return said

    def holds_no_value(self, where: str, data: bytes) -> None:
        raw = self.value.encode()
        for form in (raw, base64.b64encode(raw).rstrip(b"="), raw.hex().encode()):
            assert form not in data, f"the secret's value is in {where}"

    def grep_everything(self) -> int:
        """All files that were written, also what is packed in archives; the number of files looked at."""
        looked = 0
        for root in (self.folder, self.home, self.temporary):
            for path in root.rglob("*"):
                self.holds_no_value("a file's name", str(path).encode())
                if path.is_file() and not path.is_symlink():
                    looked += 1
                    self.holds_no_value(str(path), path.read_bytes())
                    if path.name.endswith(".gz"):
                        import gzip

                        self.holds_no_value(str(path), gzip.decompress(path.read_bytes()))
        return looked


@pytest.fixture
def project(tmp_path: Path, guarded_environment: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project", guarded_environment, f"canary{secrets.token_hex(20)}")
    yield made
    _end_leftovers(guarded_environment)


def _end_leftovers(home: Path) -> None:
    """A failed test must not leave processes; each is known by the state folder in its own environment."""
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get("TRADEWIND_HOME") == str(home):
                process.send_signal(signal.SIGKILL)
        except psutil.Error:
            continue


@pytest.mark.slow
@pytest.mark.timeout(240)
def test_a_secret_value_shows_up_nowhere(project: Project) -> None:
    watch = Arguments(project.value)
    watch.start()
    try:
        project.deploy("plan")
        project.deploy("plan", "--output", "json")
        project.deploy("up", "--yes")
        for words in (["status"], ["history"], ["endpoint", "status"], ["endpoint", "connect"], ["endpoint", "logs"],
                      ["train", "list"], ["doctor"], ["train", "logs"]):  # fmt: skip
            said = project.deploy(*words)
        assert "trained" in said
        assert "1" in project.deploy("endpoint", "invoke", stdin='{"instances": [[1]]}')
        project.deploy("endpoint", "invoke", stdin='{"instances": ["reveal"]}', code=1)
        project.deploy("endpoint", "logs")
        assert project.grep_everything() > 10

        project.write("src/serve.py", BROKEN)  # a handler that puts the value into its error
        project.deploy("up", "--yes", "--debug", code=8)
        project.deploy("history", "--output", "json")
        project.grep_everything()
    finally:
        watch.end()
    project.deploy("down", "--yes")
    project.grep_everything()
    assert watch.looks > 10
    assert not watch.found


FAILS = """\
import os, pathlib
pathlib.Path(os.environ["TW_OUTPUT_DIR"], "note.txt").write_text("nothing")
raise RuntimeError("refused: " + os.environ["CANARY_TOKEN"])
"""


@pytest.mark.slow
def test_a_failing_job_that_quotes_the_value(project: Project) -> None:
    """The failure's reason is its last lines, which are kept, shown and recorded."""
    project.write("src/train.py", FAILS)
    said = project.deploy("up", "--yes", "--output", "json", code=1)
    assert "refused: ***" in said
    for words in (["status"], ["history", "--output", "json"], ["train", "logs"], ["train", "list", "-o", "json"]):
        project.deploy(*words)
    assert project.grep_everything() > 5
    project.deploy("down", "--yes")


@pytest.mark.slow
def test_a_secret_that_is_not_set_is_named_and_nothing_is_made(project: Project) -> None:
    env = {name: value for name, value in os.environ.items() if name != "CANARY_TOKEN"}
    done = subprocess.run(
        [DEPLOY, "up", "--yes"],
        cwd=project.folder, env=env, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    assert "CANARY_TOKEN" in done.stderr
    assert not (project.home / "local").exists() or not list((project.home / "local").glob("*/*"))
