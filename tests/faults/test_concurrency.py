"""Many commands at once: one set of resources, an answer for every caller."""

from __future__ import annotations

import json

import pytest
from fakes.project import Project


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_thirty_two_identical_ups_make_one_of_everything(project: Project) -> None:
    callers = [project.start("up", "--yes", "--output", "json") for _ in range(32)]
    answers = [(*caller.communicate(timeout=240), caller.returncode) for caller in callers]
    for out, err, code in answers:
        assert code == 0, (out, err)
    documents = [json.loads(out) for out, _, _ in answers]
    assert len({document["url"] for document in documents}) == 1
    assert len({json.dumps(document["version"], sort_keys=True) for document in documents}) == 1
    jobs = project.deploy("train", "list", "--output", "json").json
    assert len(jobs["jobs"]) == 1
    assert project.ask([3.0]) == [6.0]


@pytest.mark.slow
@pytest.mark.timeout(200)
def test_of_two_different_ups_one_waits_or_exits_locked(project: Project) -> None:
    project.up()
    first = project.start("up", "--yes", "--set", "train.parameters.factor=3", "--set", "serve.rollout.bake=8s")
    line = ""
    assert first.stderr is not None
    while "rollout" not in line and "traffic" not in line:
        line = first.stderr.readline()
        assert line or first.poll() is None, "the first ended before its rollout began"
    second = project.deploy("up", "--yes", "--set", "train.parameters.factor=4", "--lock-timeout", "1s")
    assert second.code == 9, second
    assert "unlock" in second.err
    first.communicate(timeout=120)
    assert first.returncode == 0
    assert project.ask([1.0]) == [3.0]
