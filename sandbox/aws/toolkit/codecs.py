"""What the toolkits decode and encode where the user's module says nothing: JSON, CSV and NumPy's own format."""

from __future__ import annotations

import io
import json
from typing import Any

JSON, CSV, NPY = "application/json", "text/csv", "application/x-npy"
TEXTS = (JSON, CSV)  # handed to the user's functions as str, everything else as bytes


class UnsupportedFormatError(Exception):
    """Named as in the toolkits: its name is in their answers."""

    def __init__(self, content_type: object) -> None:
        super().__init__(
            f"Content type {content_type} is not supported by this framework.\n\nPlease implement input_fn to to deserialize "
            "the request data or an output_fn to\nserialize the response. For more information, see the SageMaker Python SDK "
            "README."
        )


def text(body: bytes, content_type: str | None) -> str | bytes:
    return body.decode("utf-8") if content_type in TEXTS else body


def decode(body: Any, content_type: str | None) -> Any:
    """An array. Raises UnsupportedFormatError."""
    import numpy as np

    if content_type == JSON:
        return np.array(json.loads(body))
    if content_type == CSV:
        return np.genfromtxt(io.StringIO(body), delimiter=",")
    if content_type == NPY:
        return np.load(io.BytesIO(body), allow_pickle=False)
    raise UnsupportedFormatError(content_type)


def encode(value: Any, accept: str) -> str | bytes:
    """Raises UnsupportedFormatError."""
    import numpy as np

    if accept == JSON:
        return json.dumps(value, default=_plain)
    if accept == CSV:
        out = io.StringIO()
        np.savetxt(out, np.asarray(value), delimiter=",", fmt="%s")
        return out.getvalue()
    if accept == NPY:
        packed = io.BytesIO()
        np.save(packed, value)
        return packed.getvalue()
    raise UnsupportedFormatError(accept)


def _plain(value: Any) -> Any:
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is not JSON serializable")
