"""`import tradewind` costs nothing, and gives the whole API when it is used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tradewind
from tradewind import api

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
