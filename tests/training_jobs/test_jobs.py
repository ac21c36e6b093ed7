"""The ready-made jobs, with the libraries that they name."""

from __future__ import annotations

import json
import random
import sys
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy
import onnxruntime
import pytest
from fakes.container import Container
from sklearn.linear_model import LinearRegression

from tradewind.training_jobs import metrics
from tradewind.training_jobs.jobs import estimators, onnx_export, tabular

ALGORITHMS = estimators.ALGORITHMS


def customers(path: Path, rows: int = 300, labels: tuple[str, str] = ("stays", "leaves")) -> Path:
    """Who is young and on the free plan leaves."""
    draw = random.Random(3)
    lines = ["customer,age,plan,spent,churn"]
    for number in range(rows):
        age, plan = draw.randint(18, 80), draw.choice(["free", "pro", "Ünïted, Inc"])
        leaves = age < 45 and plan == "free"
        spent = "" if number % 17 == 0 else f"{draw.random() * 100:.2f}"
        lines.append(f'c-{number:05},{age},"{plan}",{spent},{labels[leaves]}')
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TW_MODEL_DIR", str(tmp_path / "model"))
    monkeypatch.setenv("TW_OUTPUT_DIR", str(tmp_path / "output"))
    return tmp_path


def predict(folder: Path, rows: list[list[Any]]) -> list[Any]:
    model = joblib.load(folder / "model" / "model.joblib")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found: list[Any] = model.predict(numpy.array(rows, dtype=object)).tolist()
    return found


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_words_numbers_and_holes(folders: Path, algorithm: str, capsys: pytest.CaptureFixture[str]) -> None:
    customers(folders / "train.csv")
    words = ["--target", "churn", "--data", str(folders), "--algorithm", algorithm, "--trees", "20"]
    assert tabular.main(words) == 0
    out = capsys.readouterr().out
    scores = {m.name: m.value for line in out.splitlines() for m in metrics.parse(line)}
    assert scores["accuracy"] > (0.8 if algorithm == "linear" else 0.95)
    assert scores == json.loads((folders / "output" / "metrics.json").read_text())
    assert "'customer' has 300 different words, like an identifier, and was left out" in out
    about = json.loads((folders / "model" / "manifest.json").read_text())
    assert about["features"] == ["age", "plan", "spent"]
    assert (about["framework"], about["task"], about["classes"]) == ("sklearn", "classification", ["leaves", "stays"])
    assert about["versions"]["scikit-learn"]
    if algorithm != "linear":
        assert predict(folders, [[20, "free", 5.0], [70, "pro", None], [20, "a new plan", 5]])[:2] == [
            "leaves",
            "stays",
        ]


@pytest.mark.parametrize("algorithm", ["sklearn", "xgboost"])
def test_labels_come_back_as_they_were_written(folders: Path, algorithm: str) -> None:
    customers(folders / "train.csv", labels=("3", "7"))
    words = ["--target", "churn", "--data", str(folders / "train.csv"), "--algorithm", algorithm, "--trees", "20"]
    assert tabular.main(words) == 0
    assert predict(folders, [[20, "free", 5.0], [70, "pro", 5.0]]) == [7, 3]


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_regression(folders: Path, algorithm: str, capsys: pytest.CaptureFixture[str]) -> None:
    draw = random.Random(1)
    rows = [(draw.random() * 10, draw.random()) for _ in range(200)]
    (folders / "d.csv").write_text("x;y;price\n" + "".join(f"{x};{y};{3 * x + 0.5}\n" for x, y in rows))
    words = ["--target", "price", "--data", str(folders / "d.csv"), "--algorithm", algorithm]
    assert tabular.main(words) == 0
    scores = {m.name: m.value for line in capsys.readouterr().out.splitlines() for m in metrics.parse(line)}
    assert scores["r2"] > 0.9
    assert scores["rmse"] < 3


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("a,b\n", "a header and no rows"),
        ("a,c\n1,2\n", "no column 'b'"),
        ("a,b\n1,2,3\n", "row 2: 3 cells where the header has 2"),
        ("a,b\n1,\n2,NA\n", "no row has a value in the target column 'b'"),
        ("a,b\n1,x\n2,x\n", "one value only"),
        ("b\n1\n2\n", "no column is left"),
        ("a,a,b\n1,2,3\n", "names a column twice"),
        ("a,b\n1,x\n2,y\n", "too few"),
        (b"a,b\n\xff\xfe,1\n", "not UTF-8"),
        (None, "holds no file"),
    ],
)
def test_data_that_cannot_be(
    folders: Path, text: str | bytes | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders / "data").mkdir()
    if text is not None:
        (folders / "data" / "d.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    assert tabular.main(["--target", "b", "--data", str(folders / "data"), "--validation", "0.6"]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.startswith("error: ")
    assert err.count("\n") == 1


def test_a_header_with_spaces_and_a_target_that_cannot_be_learned(
    folders: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folders / "d.csv").write_text("x , y\n" + "1,a\n2,b\n" * 20)
    assert tabular.main(["--data", str(folders / "d.csv"), "--target", "y", "--trees", "2"]) == 0
    (folders / "e.csv").write_text("x,y\n" + "".join(f"{n},{n / 7}\n" for n in range(40)) + "1,inf\n")
    assert tabular.main(["--data", str(folders / "e.csv"), "--target", "y", "--validation", "0"]) == 2
    assert "error: the model cannot learn from this" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        tabular.main(["--data", str(folders / "e.csv"), "--target", "y", "--seed", "-1"])
    assert "--seed: a whole number from 0" in capsys.readouterr().err


def test_a_missing_library_says_what_to_add(
    folders: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "lightgbm", None)
    customers(folders / "d.csv", 30)
    assert tabular.main(["--target", "churn", "--data", str(folders / "d.csv"), "--algorithm", "lightgbm"]) == 2
    assert "needs lightgbm: add it to requirements" in capsys.readouterr().err


def test_under_the_bootstrap(container: Container) -> None:
    (container.folder / "data").mkdir()
    customers(container.folder / "data" / "churn.csv")
    done = container.run(
        "python -m tradewind.training_jobs.jobs.tabular --target {target} --trees 10",
        TW_PARAMETERS_JSON='{"target": "churn"}',
        TW_INPUT_TRAIN=str(container.folder / "data"),
    )
    assert done.returncode == 0, done.stderr
    assert "tw.metric accuracy=" in done.stdout
    about = json.loads((container.model / "manifest.json").read_text())
    assert (about["target"], about["framework"]) == ("churn", "sklearn")


def test_onnx_of_digits(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert onnx_export.main([]) == 0
    scores = {m.name: m.value for line in capsys.readouterr().out.splitlines() for m in metrics.parse(line)}
    assert scores["onnx_agreement"] == 1
    assert scores["accuracy"] > 0.9
    session = onnxruntime.InferenceSession(str(folders / "model" / "model.onnx"), providers=["CPUExecutionProvider"])
    found = session.run(None, {"input": numpy.zeros((2, 64), dtype="float32")})
    assert [part.shape for part in found] == [(2,), (2, 10)]
    about = json.loads((folders / "model" / "manifest.json").read_text())
    assert (about["framework"], about["inputs"]) == ("onnx", 64)


def test_onnx_of_a_table_and_of_a_saved_model(folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    draw = random.Random(1)
    rows = [(draw.random(), draw.random()) for _ in range(100)]
    (folders / "d.csv").write_text("x,y,label\n" + "".join(f"{x},{y},{'hi' if x > y else 'lo'}\n" for x, y in rows))
    assert onnx_export.main(["--data", str(folders / "d.csv"), "--target", "label"]) == 0
    session = onnxruntime.InferenceSession(str(folders / "model" / "model.onnx"), providers=["CPUExecutionProvider"])
    found = session.run(None, {"input": numpy.array([[0.9, 0.1], [0.1, 0.9]], dtype="float32")})[0]
    assert list(found) == ["hi", "lo"]
    (folders / "saved").mkdir()
    joblib.dump(LinearRegression().fit([[0.0], [1.0]], [0.0, 2.0]), folders / "saved" / "m.joblib")
    assert onnx_export.main(["--model", str(folders / "saved")]) == 0
    session = onnxruntime.InferenceSession(str(folders / "model" / "model.onnx"), providers=["CPUExecutionProvider"])
    assert session.run(None, {"input": numpy.array([[3.0]], dtype="float32")})[0].ravel()[0] == pytest.approx(
        6, abs=1e-4
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--model", "none.joblib"], "no model at"),
        (["--model", "bad.joblib"], "cannot be read"),
        (["--model", "number.joblib"], "no fitted scikit-learn model"),
        (["--data", "words.csv"], "needs --target"),
        (["--data", "words.csv", "--target", "b"], "hold words"),
    ],
)
def test_onnx_of_what_cannot_be(
    folders: Path, words: list[str], said: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folders)
    (folders / "bad.joblib").write_bytes(b"nothing")
    joblib.dump(7, folders / "number.joblib")
    (folders / "words.csv").write_text("a,b\nx,1\ny,0\n")
    assert onnx_export.main(words) == 2
    assert said in capsys.readouterr().err
