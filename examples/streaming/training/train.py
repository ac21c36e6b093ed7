"""Count which letter follows which few letters, in the notes that scikit-learn ships with its data sets."""

import argparse
import json
import os
from collections import Counter, defaultdict
from pathlib import Path

from sklearn import datasets


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", type=int, required=True)
    order = parser.parse_args().order

    loaders = (
        datasets.load_breast_cancer,
        datasets.load_diabetes,
        datasets.load_digits,
        datasets.load_iris,
        datasets.load_wine,
    )
    text = "\n".join(load().DESCR for load in loaders)
    follows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for at in range(len(text) - order):
        follows[text[at : at + order]][text[at + order]] += 1
    print(f"tw.metric contexts={len(follows)} step=1")
    model = {"order": order, "follows": {context: dict(letters) for context, letters in follows.items()}}
    (Path(os.environ["TW_MODEL_DIR"]) / "letters.json").write_text(json.dumps(model))


if __name__ == "__main__":
    main()
