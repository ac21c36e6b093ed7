"""Where things are in the container, by its environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

DEFAULT_PROGRAM = "inference.py"
JSON = "application/json"


@dataclass(frozen=True)
class Place:
    """`base` is /opt/ml; `program` the user's module, None where the environment names none."""

    base: Path
    program: str | None
    submitted: str | None
    port: int
    accept: str
    workers: int

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def code(self) -> Path:
        return self.base / "code"


def of(environ: Mapping[str, str]) -> Place:
    program = environ.get("SAGEMAKER_PROGRAM")
    return Place(
        base=Path(environ.get("SAGEMAKER_BASE_DIR", "/opt/ml")),
        program=program.removesuffix(".py") if program else None,
        submitted=environ.get("SAGEMAKER_SUBMIT_DIRECTORY"),
        port=int(environ.get("SAGEMAKER_BIND_TO_PORT", "8080")),
        accept=environ.get("SAGEMAKER_DEFAULT_INVOCATIONS_ACCEPT", JSON),
        workers=int(environ.get("SAGEMAKER_MODEL_SERVER_WORKERS") or os.cpu_count() or 1),
    )
