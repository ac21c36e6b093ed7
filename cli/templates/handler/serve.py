"""The two functions that an endpoint needs. `load` runs once in each replica, `predict` once a request."""

import json
import math
from pathlib import Path
from typing import Any


def load(model_dir: str) -> dict[str, float]:
    weights: dict[str, float] = json.loads((Path(model_dir) / "weights.json").read_text())
    return weights


def predict(model: dict[str, float], inputs: Any) -> list[dict[str, Any]]:
    """`inputs` is what stood under "instances", or the whole body."""
    answers = []
    for remark in inputs if isinstance(inputs, list) else [inputs]:
        if not isinstance(remark, str):
            raise ValueError(f"a remark is text, not {type(remark).__name__}")
        total = sum(model.get(word, 0.0) for word in remark.lower().split())
        answers.append({"friendly": total > 0, "chance": round(1 / (1 + math.exp(-abs(total))), 4)})
    return answers
