"""Models without a handler: what is found, what is asked for, and what does not fit."""

from __future__ import annotations

import contextlib
import json
import pickle
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from fakes.serving import Start
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tradewind.serving import frameworks
from tradewind.serving.bodies import decode
from tradewind.serving.errors import HttpError, StartError
from tradewind.serving.handler import Context, Model

X = np.array([[0.0, 0.0], [1.0, 1.0], [0.0, 1.0], [1.0, 0.0]] * 10)
Y = (X[:, 0] > 0.5).astype(int)
ROWS = [[0.0, 0.5], [1.0, 0.5]]


def load(folder: Path, said: str = "", method: str = "predict") -> tuple[Model, list[str]]:
    warned: list[str] = []
    return frameworks.load(str(folder), said, method, warned.append), warned


def ask(model: Model, inputs: Any, **parameters: Any) -> Any:
    return model.predict(inputs, Context(parameters=parameters))


def sklearn_model(folder: Path) -> None:
    joblib.dump(LogisticRegression().fit(X, Y), folder / "model.joblib")


def xgboost_model(folder: Path) -> None:
    xgboost = pytest.importorskip("xgboost")
    xgboost.XGBClassifier(n_estimators=3).fit(X, Y).save_model(folder / "model.ubj")


def lightgbm_model(folder: Path) -> None:
    lightgbm = pytest.importorskip("lightgbm")
    data = lightgbm.Dataset(X, Y, params={"min_data_in_leaf": 1, "verbose": -1})
    lightgbm.train({"objective": "binary", "verbose": -1, "min_data_in_leaf": 1}, data, 5).save_model(
        folder / "model.txt"
    )


def onnx_model(folder: Path) -> None:
    skl2onnx = pytest.importorskip("skl2onnx")
    made = skl2onnx.to_onnx(LogisticRegression().fit(X, Y), X[:1].astype("float32"), options={"zipmap": False})
    (folder / "model.onnx").write_bytes(made.SerializeToString())


def torch_model(folder: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is NOT installed: its loader is not tried here")
    layer = torch.nn.Linear(2, 1)
    torch.jit.save(torch.jit.script(layer), folder / "model.pt")


MAKERS = [sklearn_model, xgboost_model, lightgbm_model, onnx_model, torch_model]


@pytest.mark.parametrize("make", MAKERS)
def test_rows_in_answers_out(make: Callable[[Path], None], tmp_path: Path, start: Start) -> None:
    make(tmp_path)
    model, warned = load(tmp_path)
    assert warned == []
    answers = np.asarray(ask(model, ROWS), dtype=float)
    assert answers.shape[0] == 2
    if make is not torch_model:
        assert np.round(answers).tolist() == [0, 1]
    folder = tmp_path / "model"
    folder.mkdir()
    make(folder)
    server = start(model=folder)
    over_http = server.post({"instances": ROWS}).json()["predictions"]
    assert np.allclose(np.asarray(over_http, dtype=float), answers)
    assert server.post(b"0,0.5\n1,0.5\n", kind="text/csv").json() == over_http
    assert server.post([[1, 2, 3]]).status == 400
    assert server.post(b"raw", kind="application/octet-stream").status == 415
    assert server.post(ROWS, accept="image/png").status == 406


def test_methods(tmp_path: Path) -> None:
    sklearn_model(tmp_path)
    model, _ = load(tmp_path)
    assert np.asarray(ask(model, ROWS, method="predict_proba")).shape == (2, 2)
    assert np.asarray(ask(load(tmp_path, method="predict_proba")[0], ROWS)).shape == (2, 2)
    with pytest.raises(HttpError, match="no method 'fit'"):
        ask(model, ROWS, method="fit")
    with pytest.raises(HttpError, match="unknown parameter"):
        ask(model, ROWS, temperature=1)
    with pytest.raises(StartError, match="none of predict"):
        load(tmp_path, method="fit")


def test_onnx_outputs_by_name(tmp_path: Path) -> None:
    onnx_model(tmp_path)
    model, _ = load(tmp_path)
    assert set(ask(model, ROWS, outputs=["label", "probabilities"])) == {"label", "probabilities"}
    assert np.asarray(ask(model, ROWS, method="predict_proba")).shape == (2, 2)


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ([], "dimension"),
        ([[]], "0 values"),
        (1, "takes tables"),
        ("text", "takes tables"),
        ([1, 2], "1 dimension"),
        ([[1, 2], [3]], "no table"),
        ([[1, {}]], "no table"),
        ([["a", "b"]], "cannot take"),
        ([[None, 1]], "cannot take"),
        ([{"a": 1, "b": 2}, {"a": 1}], "record 1 has other keys"),
        ({"a": [1], "b": [1, 2]}, "differ in length"),
        ([[10**400, 1]], ""),
    ],
)
def test_what_does_not_fit_is_the_callers_mistake(tmp_path: Path, inputs: Any, said: str) -> None:
    sklearn_model(tmp_path)
    model, _ = load(tmp_path)
    with pytest.raises(HttpError) as caught:
        ask(model, inputs)
    assert caught.value.status in (400, 415)
    assert said in caught.value.message


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> list[Model]:
    models = []
    for make in (sklearn_model, xgboost_model, lightgbm_model, onnx_model):
        folder = tmp_path_factory.mktemp("m")
        make(folder)
        models.append(load(folder)[0])
    return models


cells = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=3)
    | st.lists(st.integers(), max_size=2)
)
bodies = st.one_of(
    st.lists(st.lists(cells, max_size=3), max_size=3),
    st.lists(st.dictionaries(st.sampled_from("ab"), cells, max_size=2), max_size=3),
    st.dictionaries(st.text(max_size=2), st.lists(cells, max_size=3), max_size=3),
    cells,
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(bodies)
def test_malformed_tables_are_never_our_fault(fitted: list[Model], value: Any) -> None:
    body = json.dumps(value).encode()
    for model in fitted:
        with contextlib.suppress(HttpError):  # anything else that is raised fails the test
            ask(model, decode("application/json", body).inputs)


class Named:
    """An estimator that knows its columns, without pandas."""

    feature_names_in_ = np.array(["a", "b"])
    n_features_in_ = 2

    def predict(self, table: Any) -> Any:
        return [list(map(float, row)) for row in np.asarray(table)]


def test_records_and_columns_in_the_models_order(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(Named()))
    model, _ = load(tmp_path)
    assert ask(model, [{"b": 2, "a": 1, "extra": 9}]) == [[1.0, 2.0]]
    assert ask(model, {"b": [2], "a": [1]}) == [[1.0, 2.0]]
    with pytest.raises(HttpError, match="columns are missing: b"):
        ask(model, [{"a": 1}])


def test_which_file(tmp_path: Path) -> None:
    with pytest.raises(StartError, match="holds nothing"):
        load(tmp_path)
    (tmp_path / "notes.txt").write_text("not trees")
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(StartError, match=r"notes\.txt"):
        load(tmp_path)
    sklearn_model(tmp_path)
    (tmp_path / "model.joblib").rename(tmp_path / "a.joblib")
    assert load(tmp_path)[0].name == "a.joblib"
    (tmp_path / "b.joblib").write_bytes((tmp_path / "a.joblib").read_bytes())
    with pytest.raises(StartError, match="several models"):
        load(tmp_path)
    (tmp_path / "model.joblib").write_bytes((tmp_path / "a.joblib").read_bytes())
    assert load(tmp_path)[0].name == "model.joblib"
    assert load(tmp_path, "xgboost")[0].name == "model.joblib"  # the file decides where the word does not fit


def test_frameworks_without_a_loader(tmp_path: Path) -> None:
    (tmp_path / "weights.h5").write_bytes(b"x")
    with pytest.raises(StartError, match=r"'tensorflow' has no built-in loader: write a handler"):
        load(tmp_path, "tensorflow")


def test_manifest_names_the_framework_and_versions_are_compared(tmp_path: Path, start: Start) -> None:
    sklearn_model(tmp_path)
    made = {"framework": "sklearn", "versions": {"scikit-learn": "0.1", "numpy": np.__version__, "gone": "1"}}
    (tmp_path / "manifest.json").write_text(json.dumps(made))
    _, warned = load(tmp_path)
    assert len(warned) == 1
    assert warned[0].startswith("the model was made with scikit-learn 0.1; here is ")
    server = start(model=tmp_path)
    assert [line["message"] for line in server.log() if line["level"] == "warning"] == warned
    (tmp_path / "manifest.json").write_text("{")
    with pytest.raises(StartError, match="manifest"):
        load(tmp_path)


def test_a_missing_library_is_named(tmp_path: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"x")
    try:
        import torch  # noqa: F401
    except ImportError:
        with pytest.raises(StartError, match="pip install torch"):
            load(tmp_path)
    (tmp_path / "model.pt").unlink()
    (tmp_path / "model.pkl").write_bytes(b"\x80\x04cnot_there_at_all\nThing\n.")
    with pytest.raises(StartError, match="not_there_at_all"):
        load(tmp_path)


def test_a_handler_with_predict_alone_gets_the_loaded_model(tmp_path: Path, start: Start) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    sklearn_model(folder)
    server = start("def predict(model, inputs): return type(model).__name__", model=folder)
    assert server.post(1).json() == "LogisticRegression"


def test_a_header_of_the_models_names_is_a_header(tmp_path: Path) -> None:
    """CSV often has one, and nobody says so in the content type."""
    model = LogisticRegression().fit(X, Y)
    model.feature_names_in_ = np.array(["b", "a"], dtype=object)
    joblib.dump(model, tmp_path / "model.joblib")
    named, _ = load(tmp_path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", message="X does not have valid feature names")  # as the loader asks for
        for kind, body in (
            ("text/csv", b"a,b\n0.5,0\n0.5,1\n"),
            ("text/csv; header=present", b"a,b\n0.5,0\n0.5,1\n"),
            ("text/csv", b"0,0.5\n1,0.5\n"),
            ("application/json", b'[{"a": 0.5, "b": 0}, {"b": 1, "a": 0.5}]'),
        ):
            assert np.asarray(ask(named, decode(kind, body).inputs)).tolist() == [0, 1], body
    with pytest.raises(HttpError, match="could not convert"):
        ask(named, decode("text/csv", b"x,y\n0.5,0\n").inputs)
