"""What is wrong with the data or the arguments, in one line and without a traceback."""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, Callable


class JobError(Exception):
    """One line for people: what is wrong and what to do."""


def guarded(job: Callable[[], None]) -> int:
    """The exit code: 0, or 2 with the one line on stderr."""
    try:
        job()
    except JobError as error:
        print(f"error: {error}", file=sys.stderr, flush=True)
        return 2
    return 0


def library(name: str, package: str) -> Any:
    """The module, imported now."""
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise JobError(
            f"this job needs {package}: add it to requirements, or use an image that has it ({error})"
        ) from None


def folder(variable: str, said: str | None, default: str) -> str:
    """A folder of the contract, or the one said on the command line; it exists afterwards."""
    path = said or os.environ.get(variable) or default
    os.makedirs(path, exist_ok=True)
    return path
