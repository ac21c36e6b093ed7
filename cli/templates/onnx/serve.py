"""Images in, digits out. An image is 64 brightness values from 0 to 16, row by row."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort


def load(model_dir: str) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1  # an endpoint grows by replicas, not by threads
    return ort.InferenceSession(str(Path(model_dir) / "model.onnx"), options, providers=["CPUExecutionProvider"])


def predict(model: ort.InferenceSession, inputs: Any) -> list[dict[str, Any]]:
    images = np.asarray(inputs, dtype="float32").reshape(-1, 64) / 16
    labels, chances = model.run(None, {model.get_inputs()[0].name: images})
    return [{"digit": int(n), "chance": round(float(p.max()), 4)} for n, p in zip(labels, chances, strict=True)]
