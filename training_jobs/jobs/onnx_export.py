"""`python -m tradewind.training_jobs.jobs.onnx_export`: a scikit-learn model as model.onnx.

Takes a saved one (--model, or `inputs: {model: ...}`), or trains a small one: on CSV files (--target, all columns
numbers), or without data on scikit-learn's handwritten digits.
"""

from __future__ import annotations

import argparse
import os
import pickle
import sys
from typing import Any, NamedTuple

from tradewind.training_jobs import manifest, metrics
from tradewind.training_jobs.jobs import estimators, tables
from tradewind.training_jobs.jobs.problems import JobError, folder, guarded, library

SAVED = (".joblib", ".pkl", ".pickle")
SAMPLES = 256  # rows that the exported model is compared on


class Trained(NamedTuple):
    """`sample`: rows to compare on, or None; `features`: names of the columns, or None."""

    model: Any
    width: int
    sample: Any
    features: list[str] | None


def main(argv: list[str] | None = None) -> int:
    said = _parser().parse_args(argv)
    return guarded(lambda: export(said))


def export(said: argparse.Namespace) -> None:
    saved = said.model or os.environ.get("TW_INPUT_MODEL")
    data = said.data or os.environ.get("TW_INPUT_TRAIN")
    if saved:
        trained = _load(saved)
    elif data:
        trained = _train_on(data, said.target, said.seed)
    else:
        trained = _train_on_digits(said.seed)
    onnx = _convert(trained)
    into = folder("TW_MODEL_DIR", said.model_dir, "model")
    path = os.path.join(into, "model.onnx")
    with open(path + ".part", "wb") as file:
        file.write(onnx)
    os.replace(path + ".part", path)
    agreement = _compare(onnx, trained)
    if agreement is not None:
        metrics.log(onnx_agreement=agreement)
        if agreement < said.agreement:
            raise JobError(
                f"the exported model answers {agreement:.1%} of {SAMPLES} rows alike; less than {said.agreement:.1%}"
            )
    features = {"features": trained.features} if trained.features else {}
    manifest.write(into, "onnx", source=type(trained.model).__name__, inputs=trained.width, **features)
    print(f"saved {path} ({len(onnx):,} bytes)", flush=True)


def _load(path: str) -> Trained:
    if os.path.isdir(path):
        found = [name for name in sorted(os.listdir(path)) if name.endswith(SAVED)]
        if len(found) != 1:
            raise JobError(f"{path} must hold one file that ends in {', '.join(SAVED)}; it holds {len(found)}")
        path = os.path.join(path, found[0])
    if not os.path.isfile(path):
        raise JobError(f"there is no model at {path}")
    joblib = library("joblib", "scikit-learn")
    try:
        model = joblib.load(path)
    except (pickle.UnpicklingError, EOFError, ValueError, KeyError, IndexError, AttributeError, ImportError) as error:
        raise JobError(f"{path} cannot be read as a saved model: {error}") from None
    width = getattr(model, "n_features_in_", None)
    if width is None:
        raise JobError(f"{path} holds a {type(model).__name__}, which is no fitted scikit-learn model")
    names = getattr(model, "feature_names_in_", None)
    return Trained(model, int(width), None, None if names is None else [str(name) for name in names])


def _train_on(data: str, target: str | None, seed: int) -> Trained:
    if not target:
        raise JobError("data needs --target COLUMN, the column to predict")
    table = tables.read(data, target)
    words = [name for name, numeric in zip(table.names, table.numeric) if not numeric]
    if words:
        raise JobError(f"these columns hold words, which this job does not encode: {', '.join(words)}")
    numpy = library("numpy", "numpy")
    task = estimators.task_of(table.target, "auto")
    labels = estimators.labels(table.target, task)
    rows = numpy.asarray(table.rows, dtype="float32")
    model = _pipeline(task, seed).fit(rows, labels)
    return Trained(model, rows.shape[1], rows[:SAMPLES], list(table.names))


def _train_on_digits(seed: int) -> Trained:
    digits = library("sklearn.datasets", "scikit-learn").load_digits()
    rows, labels = digits.data.astype("float32"), digits.target
    selection = library("sklearn.model_selection", "scikit-learn")
    train, valid, train_labels, valid_labels = selection.train_test_split(
        rows, labels, test_size=0.2, random_state=seed, stratify=labels
    )
    model = _pipeline("classification", seed).fit(train, train_labels)
    metrics.log(accuracy=float(model.score(valid, valid_labels)))
    return Trained(model, rows.shape[1], valid[:SAMPLES], None)


def _pipeline(task: str, seed: int) -> Any:
    linear = library("sklearn.linear_model", "scikit-learn")
    pipelines = library("sklearn.pipeline", "scikit-learn")
    impute = library("sklearn.impute", "scikit-learn")
    preprocessing = library("sklearn.preprocessing", "scikit-learn")
    classify = task == "classification"
    model = linear.LogisticRegression(max_iter=2000, random_state=seed) if classify else linear.Ridge()
    return pipelines.make_pipeline(impute.SimpleImputer(strategy="median"), preprocessing.StandardScaler(), model)


def _convert(trained: Trained) -> bytes:
    converter = library("skl2onnx", "skl2onnx")
    types = library("skl2onnx.common.data_types", "skl2onnx")
    # Plain arrays of probabilities instead of a list of mappings, which few runtimes can send on.
    options = {id(trained.model): {"zipmap": False}} if hasattr(trained.model, "classes_") else None
    try:
        made = converter.convert_sklearn(
            trained.model, initial_types=[("input", types.FloatTensorType([None, trained.width]))], options=options
        )
    except (RuntimeError, NotImplementedError, ValueError, NameError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise JobError(f"skl2onnx cannot convert a {type(trained.model).__name__}: {reason}") from None
    serialized: bytes = made.SerializeToString()
    return serialized


def _compare(onnx: bytes, trained: Trained) -> float | None:
    """Share of rows that both answer alike; None without a runtime or rows."""
    if trained.sample is None:
        return None
    try:
        runtime = library("onnxruntime", "onnxruntime")
    except JobError:
        print("onnxruntime is not here: the exported model was not compared", flush=True)
        return None
    numpy = library("numpy", "numpy")
    session = runtime.InferenceSession(onnx, providers=["CPUExecutionProvider"])
    found = numpy.asarray(session.run(None, {"input": trained.sample})[0]).ravel()
    wanted = trained.model.predict(trained.sample)
    if wanted.dtype.kind == "f":
        return float(numpy.mean(numpy.isclose(found, wanted, rtol=1e-3, atol=1e-3)))
    return float(numpy.mean(found == wanted))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="onnx_export", description="Export a scikit-learn model to ONNX.")
    parser.add_argument("--model", help="saved model or its folder (default: TW_INPUT_MODEL)")
    parser.add_argument("--data", help="CSV to train on (default: TW_INPUT_TRAIN)")
    parser.add_argument("--target", help="name of the column to predict, with --data")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--agreement", type=float, default=0.99, help="share of rows that must agree (default 0.99)")
    parser.add_argument("--model-dir", help="default: TW_MODEL_DIR")
    return parser


if __name__ == "__main__":
    sys.exit(main())
