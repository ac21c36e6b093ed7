"""A bad new version exits 8, leaves the old one serving untouched, says why, and history says so."""

from __future__ import annotations

import pytest
from fakes.project import SERVE, Project

from examples.load import Load

CRASHES = SERVE.replace("def load(model_dir):", 'def load(model_dir):\n    raise RuntimeError("weights are torn")')
NEVER_READY = SERVE.replace("def load(model_dir):", "def load(model_dir):\n    import time; time.sleep(600)")
ANSWERS_500 = SERVE.replace(
    "def predict(model, inputs):", 'def predict(model, inputs):\n    raise RuntimeError("no such column")'
)
SLOW = SERVE.replace("def predict(model, inputs):", "def predict(model, inputs):\n    import time; time.sleep(0.6)")


def _old_version_serves(project: Project) -> None:
    assert project.ask([1.0, 2.0]) == [2.0, 4.0]
    status = project.deploy("endpoint", "status", "--output", "json").json
    assert [version["share"] for version in status["versions"] if version["share"]] == [100]
    assert "rolled" in project.deploy("history").out.lower()


@pytest.mark.slow
def test_a_version_that_crashes_on_load(project: Project) -> None:
    project.up()
    project.write("serve.py", CRASHES)
    answer = project.deploy("up", "--yes")
    assert answer.code == 8, answer
    assert "weights are torn" in answer.err
    assert max(len(line) for line in answer.err.splitlines()) < 400, "a reason is one line, not a log"
    _old_version_serves(project)


@pytest.mark.slow
def test_a_version_that_never_gets_ready(project: Project) -> None:
    project.up()
    project.write("serve.py", NEVER_READY)
    answer = project.deploy("up", "--yes", "--set", "serve.startup_timeout=3s")
    assert answer.code == 8, answer
    _old_version_serves(project)


@pytest.mark.slow
@pytest.mark.parametrize(("handler", "word"), [(ANSWERS_500, "error"), (SLOW, "p95")], ids=["answers 500", "slow"])
def test_a_version_that_answers_badly_under_load(project: Project, handler: str, word: str) -> None:
    project.up()
    url = project.url()
    project.write("serve.py", handler)
    with Load(url, b"[1.0]", clients=4, rate=20) as load:
        answer = project.deploy("up", "--yes")
    assert answer.code == 8, answer
    assert word in answer.err.lower()
    assert load.tally.requests > 20
    _old_version_serves(project)


@pytest.mark.slow
def test_a_held_version_is_refused_until_it_is_released(project: Project) -> None:
    project.up()
    project.write("serve.py", CRASHES)
    assert project.deploy("up", "--yes").code == 8
    again = project.deploy("up", "--yes")
    assert again.code == 2, again
    assert "held" in again.err or "hold" in again.err
    project.write("serve.py", SERVE)
    assert project.deploy("up", "--yes").code == 0
