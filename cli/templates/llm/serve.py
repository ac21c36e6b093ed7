"""One prompt in, words out as they are made. A generator is all that streaming takes."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def load(model_dir: str) -> dict[str, Any]:
    model: dict[str, Any] = json.loads((Path(model_dir) / "words.json").read_text())
    return model


def predict(model: dict[str, Any], inputs: Any) -> Iterator[dict[str, str]]:
    asked = inputs[0] if isinstance(inputs, list) else inputs
    rng = random.Random(asked.get("seed", 0))
    said: list[str] = str(asked.get("prompt", "")).split() or [model["first"]]
    for _ in range(int(asked.get("max_words", 40))):
        word = _next(model, said, rng)
        yield {"text": word + " "}
        said.append(word)


def _next(model: dict[str, Any], said: list[str], rng: random.Random) -> str:
    """By the longest context that the text knows."""
    for length in range(model["order"], 0, -1):
        choices = model["follows"].get(" ".join(said[-length:]))
        if choices:
            word: str = rng.choices(list(choices), weights=list(choices.values()))[0]
            return word
    return str(model["first"])
