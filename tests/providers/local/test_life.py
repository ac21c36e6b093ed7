"""Provider local with the real bootstrap and server, from bundles as the engine makes them."""

from __future__ import annotations

import contextlib
import errno
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tradewind.engine import bundle, runtime
from tradewind.errors import ProviderError
from tradewind.host.processes import MARK
from tradewind.providers.base import Provider, StreamingServer
from tradewind.providers.local.info import LocalInfo
from tradewind.values import (
    JOB_DONE,
    Artifact,
    Container,
    Foundation,
    Hardware,
    JobStatus,
    Machine,
    Run,
    Serving,
    Version,
    Wanted,
)

TRAIN = """
import json, os, pathlib
from tradewind.training_jobs import bootstrap  # our own part is at hand, and nothing else of tradewind
parameters = json.loads(pathlib.Path(os.environ["TW_PARAMETERS"]).read_text())
rows = (pathlib.Path(os.environ["TW_INPUT_TRAIN_SET"]) / "rows.csv").read_text().split()
kept = pathlib.Path(os.environ["TW_CHECKPOINT_DIR"]) / "epochs"
before = int(kept.read_text()) if kept.exists() else 0
kept.write_text(str(before + parameters["epochs"]))
print("tw.metric rows=%d" % len(rows))
(pathlib.Path(os.environ["TW_MODEL_DIR"]) / "factor.txt").write_text(str(before + parameters["epochs"]))
(pathlib.Path(os.environ["TW_OUTPUT_DIR"]) / "report.txt").write_text("fine")
"""
SERVE = """
import os, pathlib, time

def load(model_dir):
    return float((pathlib.Path(model_dir) / "factor.txt").read_text())

def predict(model, inputs):
    if inputs and inputs[0] == "stream":
        return pieces()
    if inputs and inputs[0] == "leak":
        raise ValueError("refused key " + os.environ["TOKEN"])
    return [model * float(row) for row in inputs]

def pieces():
    for number in range(3):
        yield f"piece {number};"
        time.sleep(0.05)
"""
SECRET = "tw-canary-local-31d7"


def until(look: object, patience: float = 40.0) -> object:
    deadline = time.monotonic() + patience
    while not (found := look()):  # type: ignore[operator]  # any look
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


class Project:
    """Bundles, data and a provider, all below one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        source = folder / "source"
        source.mkdir()
        (source / "train.py").write_text(TRAIN)
        (source / "serve.py").write_text(SERVE)
        (folder / "rows.csv").write_text("1\n2\n3\n")
        self.provider: Provider = LocalInfo().connect(None, Foundation("file:///nowhere"))
        self.code = self._written(bundle.build(source, source), "code")
        self.runtime = self._written(runtime.archive(), "runtime")

    def _written(self, made: bundle.Bundle, name: str) -> Artifact:
        path = self.folder / f"{name}.tar.gz"
        made.write(path)
        return Artifact(path.as_uri(), made.digest)

    def container(self, **more: object) -> Container:
        plain = Container("", Machine("local", 1, 1), Hardware(), code=self.code, runtime=self.runtime)
        return replace(plain, **more)  # type: ignore[arg-type]  # the test's own words

    def run(self, name: str, command: str = "python train.py", **more: object) -> Run:
        rows = Artifact((self.folder / "rows.csv").as_uri(), "sha256:rows")
        plain = Run(
            name=name,
            digest=f"sha256:{name}",
            container=self.container(),
            command=("sh", "-c", command),
            parameters={"epochs": 2},
            inputs={"train-set": rows},
            output=(self.folder / "runs" / name).as_uri(),
            checkpoint=(self.folder / "checkpoints").as_uri(),
            max_runtime=timedelta(minutes=2),
        )
        return replace(plain, **more)  # type: ignore[arg-type]  # the test's own words

    def finish(self, run: Run) -> JobStatus:
        trainer = self.provider.trainer()
        trainer.ensure(run)
        status = until(lambda: (s := trainer.status([run.name])[run.name]).state in JOB_DONE and s)
        assert isinstance(status, JobStatus)
        return status

    def lines(self, name: str) -> list[str]:
        return [line.text for line in self.provider.trainer().logs(name, None).lines]

    def version(self, slot: str, model: str, **more: object) -> Version:
        serving = Serving(handler="serve.py", timeout=timedelta(seconds=20))
        return Version(slot, f"sha256:{slot}", self.container(**more), Artifact(model, "sha256:m"), serving)

    def settle(self, want: Wanted) -> str:
        server = self.provider.server()
        until(lambda: server.advance(want).phase == "settled")
        return str(server.advance(want).url)


@pytest.fixture
def project(tmp_path: Path, guarded_environment: Path) -> Iterator[Project]:
    yield Project(tmp_path)
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARK, "").startswith(str(guarded_environment)):
                process.kill()


def test_train_then_serve(project: Project) -> None:
    done = project.finish(project.run("first"))
    assert done.state == "succeeded", project.lines("first")
    model = project.folder / "runs" / "first" / "model"
    assert done.model == model.as_uri()
    assert (model / "factor.txt").read_text() == "2"
    assert (model / "manifest.json").exists()
    assert (project.folder / "runs" / "first" / "output" / "report.txt").read_text() == "fine"
    assert "tw.metric rows=3" in project.lines("first")

    want = Wanted("churn", (project.version("a", done.model),), {"a": 100})
    project.settle(want)
    server = project.provider.server()
    reply = server.invoke("churn", b'{"instances": [1, 2.5]}', "application/json")
    assert (reply.status, reply.slot, reply.body) == (200, "a", b'{"predictions":[2.0,5.0]}')
    assert isinstance(server, StreamingServer)
    whole = b"".join(server.stream("churn", b'{"instances": ["stream"]}', "application/json"))
    assert b"piece 0;" in whole
    assert b"piece 2;" in whole
    with pytest.raises(ProviderError) as caught:
        list(server.stream("churn", b"not json", "application/json"))
    assert caught.value.code == "TW614"
    project.settle(Wanted("churn", (), {}))
    assert server.observe("churn") is None


def test_files_named_like_pythons_own_modules_do_no_harm(project: Project) -> None:
    """`queue.py` beside train.py is the user's; our bootstrap and server mean Python's."""
    source = project.folder / "source"
    for name in ("queue.py", "json.py", "asyncio.py", "logging.py"):
        (source / name).write_text("raise RuntimeError('the wrong one')\n")
    (source / "__init__.py").write_text("")
    project.code = project._written(bundle.build(source, source), "shadow")
    done = project.finish(project.run("shadow", 'echo 3 > "$TW_MODEL_DIR/factor.txt"'))
    assert done.state == "succeeded", project.lines("shadow")
    project.settle(Wanted("shadow", (project.version("a", done.model or ""),), {"a": 100}))
    reply = project.provider.server().invoke("shadow", b'{"instances": [1]}', "application/json")
    assert reply.body == b'{"predictions":[3.0]}'
    project.settle(Wanted("shadow", (), {}))


def test_a_checkpoint_is_kept_for_the_next_attempt(project: Project) -> None:
    project.finish(project.run("one"))
    project.finish(project.run("two"))
    assert (project.folder / "runs" / "two" / "model" / "factor.txt").read_text() == "4"


def test_a_failure_has_the_bootstraps_reason(project: Project) -> None:
    done = project.finish(project.run("bad", "echo no column age >&2; exit 7"))
    assert done.state == "failed"
    assert "exit code 7" in done.reason
    assert "no column age" in done.reason
    assert done.model is None


def test_parameters_and_environment_arrive(project: Project) -> None:
    run = project.run(
        "env", 'echo "level $LEVEL nodes $TW_NODES rank $TW_RANK"', container=project.container(env={"LEVEL": "{code}"})
    )
    project.finish(run)
    assert "level {code} nodes 1 rank 0" in project.lines("env")


def test_a_secret_that_is_not_set_stops_before_anything_starts(project: Project) -> None:
    needs = project.container(secrets={"TOKEN": "env:TOKEN"})
    with pytest.raises(ProviderError) as caught:
        project.provider.trainer().ensure(project.run("j", container=needs))
    assert (caught.value.code, caught.value.kind) == ("TW603", "invalid")
    assert "TOKEN" in caught.value.said
    assert project.provider.trainer().status(["j"]) == {}
    with pytest.raises(ProviderError) as caught:
        project.provider.server().advance(
            Wanted("e", (project.version("a", "file:///m", secrets={"TOKEN": "env:TOKEN"}),), {"a": 100})
        )
    assert caught.value.code == "TW603"
    assert project.provider.server().observe("e") is None


def test_a_secrets_value_is_written_nowhere(
    project: Project, guarded_environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTHER_NAME", SECRET)
    needs = {"TOKEN": "env:OTHER_NAME"}
    talkative = 'echo "it is $TOKEN"; echo "it is $TOKEN" >&2; exit 1'
    done = project.finish(project.run("leaky", talkative, container=project.container(secrets=needs)))
    assert "it is ***" in project.lines("leaky")
    assert SECRET not in done.reason
    model = project.finish(project.run("good")).model or ""
    project.settle(Wanted("churn", (project.version("a", model, secrets=needs),), {"a": 100}))
    reply = project.provider.server().invoke("churn", b'{"instances": ["leak"]}', "application/json")
    assert reply.status >= 400
    assert SECRET.encode() not in reply.body
    for process in psutil.process_iter():
        try:
            assert SECRET not in " ".join(process.cmdline())
        except psutil.Error:
            continue
    project.settle(Wanted("churn", (project.version("a", model, secrets=needs),), {"a": 100}))
    for root in (guarded_environment, project.folder):
        for path in root.rglob("*"):
            assert not path.is_file() or SECRET.encode() not in path.read_bytes(), path
    project.settle(Wanted("churn", (), {}))


def test_requirements_give_a_python_of_its_own(project: Project, guarded_environment: Path) -> None:
    source = project.folder / "source"
    (source / "requirements.txt").write_text("")
    project.code = project._written(bundle.build(source, source), "code2")
    own = project.container(requirements="requirements.txt")
    done = project.finish(project.run("venv", 'python -c "import sys; print(sys.prefix)"', container=own))
    assert done.state == "succeeded", project.lines("venv")
    assert [line for line in project.lines("venv") if line.startswith(str(guarded_environment / "local" / "venvs"))]


def test_a_broken_requirements_file_says_so(project: Project) -> None:
    source = project.folder / "source"
    (source / "requirements.txt").write_text("--no-index\nno-such-package-4711\n")
    project.code = project._written(bundle.build(source, source), "code3")
    done = project.finish(project.run("venv", container=project.container(requirements="requirements.txt")))
    assert done.state == "failed"
    assert "[TW608]" in done.reason
    assert "no-such-package-4711" in done.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written(project: Project, guarded_environment: Path) -> None:
    guarded_environment.chmod(0o500)
    try:
        with pytest.raises(ProviderError) as caught:
            project.provider.trainer().ensure(project.run("j"))
        assert caught.value.code == "TW601"
    finally:
        guarded_environment.chmod(0o700)


@pytest.mark.parametrize(("number", "code"), [(errno.ENOSPC, "TW602"), (errno.EROFS, "TW601")])
def test_a_full_or_read_only_disk_is_one_clear_error(
    project: Project, monkeypatch: pytest.MonkeyPatch, number: int, code: str
) -> None:
    def refuse(_handle: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(ProviderError) as caught:
        project.provider.trainer().ensure(project.run("j"))
    assert caught.value.code == code
    assert os.strerror(number) in caught.value.said
    assert caught.value.hint
    monkeypatch.undo()
    assert project.provider.trainer().status(["j"]) == {}, "nothing half-made is left"


def test_a_clock_an_hour_off_changes_nothing(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who lives is asked of the kernel, not of a clock."""
    run = project.run("clock", "sleep 300")
    project.provider.trainer().ensure(run)
    until(lambda: project.provider.trainer().status(["clock"])["clock"].state == "running")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 3600)
    assert project.provider.trainer().status(["clock"])["clock"].state == "running"
    project.provider.trainer().delete("clock")


def test_owned_finds_both_kinds(project: Project) -> None:
    tags = {"tradewind-project": "churn", "team": "Größe 日本"}
    model = project.finish(project.run("tagged", tags=tags)).model or ""
    project.settle(Wanted("tagged", (project.version("a", model),), {"a": 100}, tags=tags))
    assert sorted(project.provider.owned({"tradewind-project": "churn"})) == [("endpoint", "tagged"), ("job", "tagged")]
    assert project.provider.owned({"tradewind-project": "other"}) == ()
    project.settle(Wanted("tagged", (), {}))
    project.provider.trainer().delete("tagged")
    assert project.provider.owned(tags) == ()
