"""Each example trains, serves, answers and goes away, by the same commands as anyone would type."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
Deploy = Callable[..., str]


@pytest.fixture
def deploy(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Deploy]:
    """`deploy(...)` in a copy of the example named by the parameter; taken down at the end whatever happened."""
    project = tmp_path / "project"
    shutil.copytree(EXAMPLES / request.param, project)

    def run(*words: str) -> str:
        done = subprocess.run(["deploy", *words], cwd=project, capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == 0, f"deploy {words}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    yield run
    subprocess.run(["deploy", "down", "--yes"], cwd=project, capture_output=True, timeout=60, check=False)


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("deploy", ["tabular"], indirect=True)
def test_tabular_tells_benign_from_not(deploy: Deploy) -> None:
    deploy("up", "--yes")
    answer = json.loads(deploy("endpoint", "invoke", "--file", "request.json"))
    assert answer["predictions"] == [0, 1]
    deploy("down", "--yes")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("deploy", ["digits-onnx"], indirect=True)
def test_digits_are_read_through_onnx(deploy: Deploy) -> None:
    deploy("up", "--yes")
    answer = json.loads(deploy("endpoint", "invoke", "--file", "request.json"))
    assert [image["digit"] for image in answer["predictions"]] == [0, 7]
    deploy("down", "--yes")


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("deploy", ["streaming"], indirect=True)
def test_streaming_arrives_letter_by_letter(deploy: Deploy) -> None:
    deploy("up", "--yes")
    lines = deploy("endpoint", "invoke", "--file", "request.json").splitlines()
    letters = [json.loads(line)["text"] for line in lines if line]
    assert len(letters) == 60
    assert all(len(letter) == 1 for letter in letters)
    deploy("down", "--yes")
