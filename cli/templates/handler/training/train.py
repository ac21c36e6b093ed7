"""Weigh each word by the company it keeps. Standard library only: replace it with whatever makes your model."""

import argparse
import csv
import json
import math
import os
from collections import Counter
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--least", type=int, required=True, help="leave out words that are seen less often")
    least = parser.parse_args().least

    seen: dict[str, Counter[str]] = {"0": Counter(), "1": Counter()}
    with (Path(os.environ["TW_INPUT_TRAIN"]) / "remarks.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        seen[row["friendly"]].update(row["remark"].lower().split())
    words = [word for word, count in (seen["0"] + seen["1"]).items() if count >= least]
    weights = {word: math.log((seen["1"][word] + 0.5) / (seen["0"][word] + 0.5)) for word in words}

    right = sum(
        (sum(weights.get(w, 0) for w in r["remark"].lower().split()) > 0) == (r["friendly"] == "1") for r in rows
    )
    print(f"tw.metric accuracy={right / len(rows):.4f} step=1")  # kept as a metric of the run
    (Path(os.environ["TW_MODEL_DIR"]) / "weights.json").write_text(json.dumps(weights))


if __name__ == "__main__":
    main()
