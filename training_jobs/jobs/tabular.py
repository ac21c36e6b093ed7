"""`python -m tradewind.training_jobs.jobs.tabular --target COLUMN`: a model from CSV files.

Data: `inputs: {train: ...}` of deploy.yaml (TW_INPUT_TRAIN), or --data. Writes model.joblib and manifest.json into
TW_MODEL_DIR, metrics.json into TW_OUTPUT_DIR, and one `tw.metric` line.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import warnings
from typing import Any

from tradewind.training_jobs import manifest, metrics
from tradewind.training_jobs.jobs import estimators, tables
from tradewind.training_jobs.jobs.problems import JobError, folder, guarded, library


def main(argv: list[str] | None = None) -> int:
    said = _parser().parse_args(argv)
    return guarded(lambda: train(said))


def train(said: argparse.Namespace) -> None:
    data = said.data or os.environ.get("TW_INPUT_TRAIN")
    if not data:
        raise JobError("there is no data: give `inputs: {train: ...}` in deploy.yaml, or --data PATH")
    table = tables.read(data, said.target, tuple(said.drop))
    for note in table.notes:
        print(note, flush=True)
    task = estimators.task_of(table.target, said.task)
    target = estimators.labels(table.target, task)
    rows = _array(table)
    print(f"{len(rows)} rows, {len(table.names)} columns, {task} of {said.target!r} with {said.algorithm}", flush=True)
    model = estimators.pipeline(table, target, said.algorithm, task, said.trees, said.seed)
    scores = _fit(model, rows, target, task, said.validation, said.seed)
    _save(model, table, task, target, said, scores)


def _fit(model: Any, rows: Any, target: Any, task: str, share: float, seed: int) -> dict[str, float]:
    """Fit on all rows but a share, score on that share. Without a share the scores are none."""
    if not share:
        _learn(model, rows, target)
        return {}
    selection = library("sklearn.model_selection", "scikit-learn")
    together = target if task == "classification" and _can_stratify(target, share) else None
    try:
        parts = selection.train_test_split(rows, target, test_size=share, random_state=seed, stratify=together)
    except ValueError as error:
        raise JobError(f"{len(rows)} rows are too few to keep {share:.0%} for validation: {error}") from None
    train_rows, valid_rows, train_target, valid_target = parts
    _learn(model, train_rows, train_target)
    return _scores(model, valid_rows, valid_target, task)


def _learn(model: Any, rows: Any, target: Any) -> None:
    try:
        model.fit(rows, target)
    except ValueError as error:
        raise JobError(f"the model cannot learn from this: {error}") from None


def _can_stratify(target: Any, share: float) -> bool:
    numpy = library("numpy", "numpy")
    _, counts = numpy.unique(target, return_counts=True)
    held = math.ceil(len(target) * share)
    return bool(counts.min() >= 2 and held >= len(counts) and len(target) - held >= len(counts))


def _scores(model: Any, rows: Any, target: Any, task: str) -> dict[str, float]:
    measure = library("sklearn.metrics", "scikit-learn")
    predicted = model.predict(rows)
    if task == "regression":
        squared = float(measure.mean_squared_error(target, predicted))
        found = {"rmse": math.sqrt(squared), "mae": float(measure.mean_absolute_error(target, predicted))}
        return {**found, "r2": float(measure.r2_score(target, predicted))} if len(target) > 1 else found
    found = {
        "accuracy": float(measure.accuracy_score(target, predicted)),
        "f1_macro": float(measure.f1_score(target, predicted, average="macro")),
    }
    if len(model.classes_) == 2 and len(set(target.tolist())) == 2:
        found["roc_auc"] = float(measure.roc_auc_score(target, model.predict_proba(rows)[:, 1]))
    return found


def _save(
    model: Any, table: tables.Table, task: str, target: Any, said: argparse.Namespace, scores: dict[str, float]
) -> None:
    joblib = library("joblib", "joblib")
    numpy = library("numpy", "numpy")
    # So that records ({"age": 3, ...}) can be put in order when it serves.
    model.steps[0][1].feature_names_in_ = numpy.asarray(table.names, dtype=object)
    into = folder("TW_MODEL_DIR", said.model_dir, "model")
    path = os.path.join(into, "model.joblib")
    joblib.dump(model, path + ".part")
    os.replace(path + ".part", path)
    classes = sorted(set(target.tolist())) if task == "classification" else None
    facts = {"features": list(table.names), "target": said.target, "task": task, "algorithm": said.algorithm}
    manifest.write(into, "sklearn", **facts, metrics=scores, **({"classes": classes} if classes else {}))
    output = folder("TW_OUTPUT_DIR", None, "output")
    with open(os.path.join(output, "metrics.json"), "w", encoding="utf-8") as file:
        json.dump(scores, file, indent=1)
    if scores:
        metrics.log(None, **scores)
    print(f"saved {path}", flush=True)


def _array(table: tables.Table) -> Any:
    numpy = library("numpy", "numpy")
    return numpy.asarray(table.rows, dtype=float if all(table.numeric) else object)


def _share(text: str) -> float:
    value = float(text)
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError("a share from 0 to below 1")
    return value


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("a whole number from 1")
    return value


def _seed(text: str) -> int:
    value = int(text)
    if not 0 <= value < 2**32:
        raise argparse.ArgumentTypeError("a whole number from 0 to 4294967295")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tabular", description="Train a model from CSV files.")
    parser.add_argument("--target", required=True, help="name of the column to predict")
    parser.add_argument("--data", help="CSV file, or a folder of them (default: TW_INPUT_TRAIN)")
    parser.add_argument("--algorithm", choices=estimators.ALGORITHMS, default="sklearn")
    parser.add_argument("--task", choices=("auto", "classification", "regression"), default="auto")
    parser.add_argument("--drop", action="append", default=[], metavar="COLUMN", help="leave a column out; repeatable")
    parser.add_argument(
        "--validation", type=_share, default=0.2, help="share of rows kept for the scores (default 0.2)"
    )
    parser.add_argument("--trees", type=_count, default=100, help="trees, or rounds of boosting (default 100)")
    parser.add_argument("--seed", type=_seed, default=0)
    parser.add_argument("--model-dir", help="default: TW_MODEL_DIR")
    return parser


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="X does not have valid feature names")
    sys.exit(main())
