"""One prompt in, text out as it is made. A generator is all it takes to stream."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any


def load(model_dir: str) -> dict[str, Any]:
    model: dict[str, Any] = json.loads((Path(model_dir) / "letters.json").read_text())
    return model


def predict(model: dict[str, Any], inputs: Any) -> Iterator[dict[str, str]]:
    asked = inputs[0] if isinstance(inputs, list) else inputs
    rng = random.Random(asked.get("seed", 0))
    follows, order = model["follows"], model["order"]
    context = asked.get("prompt", "")[-order:]
    for _ in range(int(asked.get("length", 200))):
        letters = follows.get(context) or follows[rng.choice(list(follows))]
        letter = rng.choices(list(letters), weights=list(letters.values()))[0]
        yield {"text": letter}
        context = (context + letter)[-order:]
