"""Train a small network on scikit-learn's own digits (no download) and save it as ONNX."""

import argparse
import os
import warnings
from pathlib import Path

from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--hidden", type=int, required=True)
    parser.add_argument("--rounds", type=int, required=True)
    asked = parser.parse_args()

    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype("float32")
    x_train, x_test, y_train, y_test = train_test_split(x, y, random_state=0, stratify=y)
    model = MLPClassifier((asked.hidden,), max_iter=asked.rounds, random_state=0)
    warnings.simplefilter("ignore", ConvergenceWarning)  # `rounds` is meant to end it
    model.fit(x_train, y_train)

    # Lines like these are kept as metrics of the run.
    for step, loss in list(enumerate(model.loss_curve_))[::10]:
        print(f"tw.metric loss={loss:.4f} step={step}")
    print(f"tw.metric accuracy={model.score(x_test, y_test):.4f} step={len(model.loss_curve_)}")
    graph = to_onnx(model, x_train[:1], options={"zipmap": False})
    (Path(os.environ["TW_MODEL_DIR"]) / "model.onnx").write_bytes(graph.SerializeToString())


if __name__ == "__main__":
    main()
