"""Pulumi's own files: read whole, and a slip in them told with its place, since Pulumi's SDK falls over it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from tradewind.errors import Problem, SpecError


def document(path: Path) -> dict[str, Any]:
    """JSON is YAML as well. Raises SpecError TW801 where it is neither, or no table of keys."""
    try:
        found = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _wrong(path, _said(error)) from None
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _wrong(path, "must be keys with values")
    return found


def table(path: Path, key: str) -> dict[str, Any]:
    """What lies under a key of it; empty where that is not there."""
    found = document(path).get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise _wrong(path, f"`{key}` must be keys with values")
    return found


def project(path: Path) -> None:
    """Raises SpecError TW801 for a Pulumi.yaml without what every one has."""
    found = document(path)
    lacking = [key for key in ("name", "runtime") if not found.get(key)]
    if lacking:
        raise _wrong(path, f"has no {' and no '.join(lacking)}")


def _said(error: Exception) -> str:
    at = getattr(error, "problem_mark", None)
    where = f" (line {at.line + 1}, column {at.column + 1})" if at is not None else ""
    return f"is no YAML: {getattr(error, 'problem', None) or error}{where}"


def _wrong(path: Path, text: str) -> SpecError:
    return SpecError(
        [Problem(str(path), text)], code="TW801", hint="Put the file right, then give the same command again."
    )
