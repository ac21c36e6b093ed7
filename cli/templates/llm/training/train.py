"""Count which word follows which few words of a text. A toy in place of training: see the note in deploy.yaml."""

import argparse
import json
import os
from collections import Counter, defaultdict
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--order", type=int, required=True)
    order = parser.parse_args().order

    words = (Path(os.environ["TW_INPUT_TEXT"]) / "text.txt").read_text(encoding="utf-8").split()
    follows: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for at in range(len(words) - 1):
        for length in range(1, order + 1):  # shorter contexts too, for prompts that the text never saw
            if at - length + 1 >= 0:
                follows[" ".join(words[at - length + 1 : at + 1])][words[at + 1]] += 1
    print(f"tw.metric contexts={len(follows)} step=1")  # kept as a metric of the run
    model = {"order": order, "first": words[0], "follows": {context: dict(next_) for context, next_ in follows.items()}}
    (Path(os.environ["TW_MODEL_DIR"]) / "words.json").write_text(json.dumps(model))


if __name__ == "__main__":
    main()
