"""`deploy endpoint check`: what is taken from the spec, what is shown, and when it fails. The rules themselves: tests/host."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
from fakes.shell import deploy

from tradewind.cli.schemas import schemas

pytestmark = pytest.mark.timeout(120)


def test_the_spec_says_what_to_check_and_the_run_gives_the_model(project: Path) -> None:
    assert deploy("train", "run").code == 0
    said = deploy("endpoint", "check", "--output", "json")
    assert said.code == 0, said.out
    jsonschema.validate(said.json, schemas()["check"])
    assert {one["cloud"] for one in said.json["findings"]} == {"aws", "gcp", "azure", "all"}
    assert all(one["verdict"] != "broken" for one in said.json["findings"])


def test_a_handler_that_does_not_load_breaks_the_contract_and_says_why(project: Path) -> None:
    Path("serve.py").write_text(
        "def load(model_dir):\n    raise RuntimeError('no weights here')\n\ndef predict(m, i):\n    pass\n"
    )
    said = deploy("endpoint", "check", "--handler", "serve.py", "--cloud", "aws")
    assert said.code == 1
    assert "no weights here" in said.out
    assert "1 rule is broken" in said.out
    assert "Amazon SageMaker" in said.out
    assert "Vertex" not in said.out
    assert "traceback" not in said.out.lower()


def test_any_command_can_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = deploy("endpoint", "check", "--cloud", "gcp", "--startup", "1s", "-o", "json", "--", "python", "-c", "pass")
    assert said.code == 1
    assert said.json["command"] == ["python", "-c", "pass"]
    assert said.json["findings"][0]["verdict"] == "broken"


def test_a_command_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = deploy("endpoint", "check", "--cloud", "aws", "-o", "json", "--", "no-such-server")
    assert said.code in (1, 2)
    assert "no-such-server" in said.out
    assert "TW900" not in said.out


@pytest.mark.parametrize(
    "words",
    [[], ["--handler", "nowhere.py"], ["--cloud", "oracle"], ["--startup", "5"], ["--handler", ".", "--", "python"]],
)
def test_slips(words: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = deploy("endpoint", "check", *words)
    assert said.code == 2
    assert said.out == ""


def test_requirements_of_the_spec_make_the_environment(project: Path) -> None:
    """An empty file: an environment of its own, without a download."""
    Path("requirements.txt").write_text("# nothing\n")
    Path("deploy.yaml").write_text(Path("deploy.yaml").read_text() + "runtime: {requirements: requirements.txt}\n")
    Path("serve.py").write_text(
        "import sys\ndef load(model_dir):\n    assert sys.prefix != sys.base_prefix\n    return sys.prefix\n"
        "def predict(model, inputs):\n    return [model for _ in inputs]\n"
    )
    said = deploy("endpoint", "check", "--cloud", "azure", "-o", "json")
    assert said.code == 0, said.out
    assert "runtime.requirements" in said.err
