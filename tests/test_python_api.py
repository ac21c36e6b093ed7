"""`import tradewind` costs nothing, and gives the whole API when it is used."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import tradewind
from tradewind import api, rehearsal

ALLOWED = {"tradewind"}


def test_importing_it_imports_nothing_else() -> None:
    said = "import sys; before = set(sys.modules); import tradewind; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-I", "-c", said], check=True, capture_output=True, text=True)
    assert set(done.stdout.split()) == ALLOWED


def test_importing_it_takes_under_five_milliseconds() -> None:
    said = "import time; t = time.perf_counter(); import tradewind; print(time.perf_counter() - t)"
    took = [
        float(subprocess.run([sys.executable, "-I", "-c", said], check=True, capture_output=True, text=True).stdout)
        for _ in range(5)
    ]
    assert min(took) < 0.005


def test_its_syntax_is_python_3_8() -> None:
    ast.parse(Path(tradewind.__file__).read_text(), feature_version=(3, 8))


@pytest.mark.parametrize("name", [name for name in tradewind.__all__ if name != "__version__"])
def test_each_name_is_there(name: str) -> None:
    assert callable(getattr(tradewind, name))
    assert name in dir(tradewind)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nonsense"):
        _ = tradewind.nonsense


def test_plan_from_python(tmp_path: Path) -> None:
    (tmp_path / "train.py").write_text("print(1)\n")
    spec = tmp_path / "deploy.yaml"
    spec.write_text("name: churn\ntrain: {command: python train.py}\nserve: {}\n")
    made = tradewind.plan(spec)
    assert [action.kind for action in made.actions] == ["train", "create"]
    assert made.provider == "local"
    assert api.load_spec(spec, sets=["name=other"]).name == "other"


def test_a_rehearsal_is_in_the_emulated_account_and_leaves_the_process_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train.py").write_text(
        "import os, pathlib\npathlib.Path(os.environ['TW_MODEL_DIR'], 'model.txt').write_text('42')\n"
    )
    spec = tmp_path / "deploy.yaml"
    spec.write_text(
        "name: words\nprovider: aws\ntrain: {command: python train.py, framework: sklearn, max_runtime: 5m}\n"
    )
    monkeypatch.setenv("AWS_PROFILE", "CANARY")  # nobody's: whoever asked the real account would fail
    before = dict(os.environ)
    made = tradewind.plan(spec, sandbox=True)
    assert made.looked
    assert any("emulated account" in note for note in made.notes)
    done = tradewind.train(spec, sandbox=True)
    assert (done.model or "").startswith("s3://tradewind-sandbox/words/default/")
    assert all("--sandbox" in command for command in done.next)
    everywhere = tradewind.plan_all(spec, sandbox=True)
    assert [(plan.provider, plan.looked) for plan in everywhere.plans] == [("aws", True), ("local", True)]
    with pytest.raises(tradewind.TradewindError) as caught:
        tradewind.status(spec, provider="gcp", sandbox=True)
    assert caught.value.code == "TW007"
    assert dict(os.environ) == before
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "")


def test_the_environment_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with rehearsal.account(True):
        os.environ["AWS_ENDPOINT_URL"] = "http://127.0.0.1:9"
        del os.environ["AWS_PROFILE"]
    assert os.environ.get("AWS_ENDPOINT_URL") is None
    assert os.environ["AWS_PROFILE"] == "mine"
