"""The learning part of the tabular job: a pipeline that takes raw rows, so that serving needs no code of ours."""

from __future__ import annotations

from typing import Any

from tradewind.training_jobs.jobs.problems import JobError, library
from tradewind.training_jobs.jobs.tables import Table, numbers

ALGORITHMS = ("sklearn", "forest", "linear", "lightgbm", "xgboost")
MANY_CLASSES = 20  # whole numbers of more different values are an amount, not a class


def task_of(target: list[str], said: str) -> str:
    """ "classification" or "regression"."""
    if said != "auto":
        return said
    found = numbers(target)
    if found is None:
        return "classification"
    whole = all(value == int(value) for value in found if value == value and abs(value) != float("inf"))
    return "classification" if whole and len(set(found)) <= MANY_CLASSES else "regression"


def labels(target: list[str], task: str) -> Any:
    """As an array: numbers where they are numbers, so that predictions come back as they were written."""
    numpy = library("numpy", "numpy")
    found = numbers(target)
    if task == "regression":
        if found is None:
            raise JobError("regression needs a target of numbers; this one holds words (say --task classification)")
        return numpy.asarray(found, dtype=float)
    if len(set(target)) < 2:
        raise JobError(f"the target has one value only ({target[0]!r}): there is nothing to learn")
    if found is not None and all(value == int(value) for value in found):
        return numpy.asarray(found, dtype=int)
    return numpy.asarray(target, dtype=str)


def pipeline(table: Table, target: Any, algorithm: str, task: str, trees: int, seed: int) -> Any:
    """Not yet fitted. Only scikit-learn's and numpy's own names are pickled with it."""
    pipelines = library("sklearn.pipeline", "scikit-learn")
    return pipelines.Pipeline(
        [("columns", _columns(table, algorithm)), ("model", _model(target, algorithm, task, trees, seed))]
    )


def _columns(table: Table, algorithm: str) -> Any:
    numpy = library("numpy", "numpy")
    compose = library("sklearn.compose", "scikit-learn")
    preprocessing = library("sklearn.preprocessing", "scikit-learn")
    pipelines = library("sklearn.pipeline", "scikit-learn")
    impute = library("sklearn.impute", "scikit-learn")
    # Rows of mixed cells arrive as objects: each half is cast first.
    numeric: list[Any] = [preprocessing.FunctionTransformer(numpy.asarray, kw_args={"dtype": "float64"})]
    if algorithm in ("linear", "forest"):
        numeric.append(impute.SimpleImputer(strategy="median"))
    if algorithm == "linear":
        numeric.append(preprocessing.StandardScaler())
    words = pipelines.make_pipeline(
        preprocessing.FunctionTransformer(numpy.asarray, kw_args={"dtype": "str"}),
        preprocessing.OneHotEncoder(handle_unknown="ignore"),
    )
    parts = [
        ("numbers", pipelines.make_pipeline(*numeric), table.columns(True)),
        ("words", words, table.columns(False)),
    ]
    return compose.ColumnTransformer([part for part in parts if part[2]], sparse_threshold=0)


def _model(target: Any, algorithm: str, task: str, trees: int, seed: int) -> Any:
    classify = task == "classification"
    if algorithm == "linear":
        linear = library("sklearn.linear_model", "scikit-learn")
        return linear.LogisticRegression(max_iter=1000, random_state=seed) if classify else linear.Ridge()
    if algorithm == "lightgbm":
        lightgbm = library("lightgbm", "lightgbm")
        kind = lightgbm.LGBMClassifier if classify else lightgbm.LGBMRegressor
        return kind(n_estimators=trees, random_state=seed, verbose=-1)
    if algorithm == "xgboost":
        return _xgboost(target, classify, trees, seed)
    ensemble = library("sklearn.ensemble", "scikit-learn")
    if algorithm == "forest":
        kind = ensemble.RandomForestClassifier if classify else ensemble.RandomForestRegressor
        return kind(n_estimators=trees, random_state=seed)
    kind = ensemble.HistGradientBoostingClassifier if classify else ensemble.HistGradientBoostingRegressor
    return kind(max_iter=trees, random_state=seed)


def _xgboost(target: Any, classify: bool, trees: int, seed: int) -> Any:
    xgboost = library("xgboost", "xgboost")
    if not classify:
        return xgboost.XGBRegressor(n_estimators=trees, random_state=seed)
    model = xgboost.XGBClassifier(n_estimators=trees, random_state=seed)
    if sorted(set(target.tolist())) == list(range(len(set(target.tolist())))):
        return model
    # XGBoost knows classes 0..n-1 only; this one keeps the labels as they were written.
    return library("sklearn.multiclass", "scikit-learn").OneVsRestClassifier(model)
