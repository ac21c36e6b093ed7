"""Train a classifier on one CSV. Folders come from the environment, parameters from deploy.yaml; nothing here knows a cloud."""

import argparse
import csv
import os
from pathlib import Path

import joblib
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split


def read(path: Path) -> tuple[list[list[float]], list[int]]:
    """The last column is what to foresee."""
    with path.open(newline="") as file:
        rows = [[float(cell) for cell in row] for row in list(csv.reader(file))[1:]]
    return [row[:-1] for row in rows], [int(row[-1]) for row in rows]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, required=True)
    parser.add_argument("--depth", type=int, required=True)
    asked = parser.parse_args()

    x, y = read(Path(os.environ["TW_INPUT_TRAIN"]) / "customers.csv")
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)
    model = RandomForestClassifier(asked.trees, max_depth=asked.depth, random_state=0)
    model.fit(x_train, y_train)

    # Lines like these are kept as metrics of the run.
    print(f"tw.metric accuracy={model.score(x_test, y_test):.4f} step={asked.trees}")
    print(f"tw.metric auc={roc_auc_score(y_test, model.predict_proba(x_test)[:, 1]):.4f} step={asked.trees}")
    joblib.dump(model, Path(os.environ["TW_MODEL_DIR"]) / "model.joblib")


if __name__ == "__main__":
    main()
