"""`deploy init`: each template is a valid spec with all its files, and nothing is ever overwritten unasked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from fakes.shell import deploy

from tradewind.cli import starting
from tradewind.cli.init import TEMPLATES


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    here = tmp_path / "My Model (2)"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_is_written_is_a_valid_spec_named_after_the_folder(template: str) -> None:
    said = deploy("init", "--template", template, "--output", "json")
    assert said.code == 0
    assert said.json["name"] == "my-model-2"
    assert sorted(said.json["files"]) == sorted(p.relative_to(".").as_posix() for p in Path().rglob("*") if p.is_file())
    from tradewind import spec

    found = spec.load(Path("deploy.yaml"), environ={})
    assert (found.name, found.provider) == ("my-model-2", "local")
    assert found.train is not None
    assert (Path(found.train.source) / "train.py").is_file()
    assert all(Path(given.uri).is_file() for given in found.train.inputs.values())
    assert found.serve is not None
    assert found.serve.handler is None or Path(found.serve.handler).is_file()
    json.loads(Path("request.json").read_text())


@pytest.mark.parametrize("template", TEMPLATES)
def test_its_training_runs_and_its_handler_answers(template: str, tmp_path: Path) -> None:
    """By hand, with the variables of the contract; the whole way is in test_whole_way.py."""
    deploy("init", "--template", template)
    train = yaml.safe_load(Path("deploy.yaml").read_text())["train"]
    model = tmp_path / "model"
    model.mkdir()
    data = Path("data").absolute()
    env = {**os.environ, "TW_INPUT_TRAIN": str(data), "TW_INPUT_TEXT": str(data), "TW_MODEL_DIR": str(model)}
    words = train["command"].format(**train["parameters"]).split()
    done = subprocess.run(
        [sys.executable, *words[1:]], cwd="training", env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "tw.metric " in done.stdout
    assert list(model.iterdir())
    if not Path("serve.py").exists():
        return
    ask = "import json, serve; r = json.load(open('request.json')); m = serve.load(sys.argv[1]); " \
          "print(json.dumps(list(serve.predict(m, r.get('instances', r)))))"  # fmt: skip
    done = subprocess.run([sys.executable, "-c", f"import sys; {ask}", str(model)], capture_output=True, check=True)
    assert len(json.loads(done.stdout)) >= 2


def test_nothing_is_overwritten_and_then_nothing_is_written() -> None:
    Path("request.json").write_text("mine")
    said = deploy("init", "-o", "json")
    assert (said.code, said.json["code"]) == (2, "TW006")
    assert "request.json" in said.json["message"]
    assert [p.name for p in Path().iterdir()] == ["request.json"]
    assert Path("request.json").read_text() == "mine"
    assert deploy("init", "--force").code == 0
    assert Path("request.json").read_text() != "mine"


def test_next_commands_can_be_copied(tmp_path: Path) -> None:
    here = deploy("init", "-o", "json").json["next"]
    assert here == ["deploy plan", "deploy up", "deploy endpoint invoke --file request.json"]
    there = deploy("init", "a new folder", "-o", "json").json
    assert there["next"][0] == "cd 'a new folder'"
    assert (Path("a new folder") / "deploy.yaml").is_file()


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("Churn", "churn"),
        ("2024 model", "model"),
        ("été", "t"),
        ("__", "project"),
        ("a" * 60, "a" * 40),
        ("x.y", "x-y"),
    ],
)
def test_names_out_of_folders(folder: str, name: str) -> None:
    assert starting.named(folder) == name


def test_a_name_that_cannot_be_one() -> None:
    said = deploy("init", "--name", "not a name", "-o", "json")
    assert said.code == 2
    assert said.json["problems"][0]["suggestion"] == "not-a-name"
    assert not list(Path().iterdir())


def test_requirements_are_asked_for_where_this_python_lacks_them(monkeypatch: pytest.MonkeyPatch) -> None:
    deploy("init", "here", "--template", "tabular")
    monkeypatch.setattr(starting, "_is_here", lambda requirement: False)
    deploy("init", "elsewhere", "--template", "tabular")
    here, elsewhere = (yaml.safe_load((Path(f) / "deploy.yaml").read_text()) for f in ("here", "elsewhere"))
    assert "runtime" not in here
    assert elsewhere["runtime"] == {"requirements": "requirements.txt"}


def test_an_unknown_template() -> None:
    said = deploy("init", "--template", "tabullar")
    assert said.code == 2
    assert "tabular" in said.err
