"""Train a classifier on one CSV. Folders and parameters come from the environment; nothing here knows a cloud."""

import argparse
import os
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import train_test_split


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--trees", type=int, required=True)
    parser.add_argument("--depth", type=int, required=True)
    asked = parser.parse_args()

    table = np.genfromtxt(Path(os.environ["TW_INPUT_TRAIN"]) / "patients.csv", delimiter=",", skip_header=1)
    x, y = table[:, :-1], table[:, -1].astype(int)
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0, stratify=y)

    model = RandomForestClassifier(asked.trees, max_depth=asked.depth, random_state=0)
    model.fit(x_train, y_train)
    print(f"tw.metric accuracy={model.score(x_test, y_test):.4f} step={asked.trees}")
    joblib.dump(model, Path(os.environ["TW_MODEL_DIR"]) / "model.joblib")


if __name__ == "__main__":
    main()
