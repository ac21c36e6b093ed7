"""Lines of logs: our own server's structured ones as people read them, any other as it is."""

from __future__ import annotations

import json
from typing import Any

from tradewind.cli.render.paper import Paper

_COLORS = {"error": "red", "warning": "yellow"}
_TOLD = ("time", "level", "message", "error", "traceback", "request_id", "method", "path", "status", "ms", "bytes")
_HEALTH = frozenset({"/ping", "/healthz", "/readyz"})
_TRACE = 4  # lines: where it was raised, and what


def line(text: str, paper: Paper, *, health: bool = True) -> list[str]:
    """`10:02:07 error  predict failed: ...` and the end of its traceback; nothing for a health check unless `health`."""
    record = structured(text)
    if record is None:
        return [text]
    if not health and _is_health_check(record):
        return []
    level = str(record.get("level", "info"))
    time = str(record.get("time", ""))[11:19]
    lead = paper.dim(time) + "  " if time else ""
    lines = [
        f"{lead}{paper.style(level.ljust(7), _COLORS.get(level), dim=level not in _COLORS)} {_said(record, paper)}"
    ]
    trace = str(record.get("traceback") or "").rstrip().splitlines()
    return lines + [paper.dim(f"    {kept}") for kept in trace[-_TRACE:]]


def message(text: str) -> str:
    """On one line, without its time: for the last lines of a log under an error."""
    record = structured(text)
    return text if record is None else f"{record.get('level', 'info')}: {_said(record, Paper())}"


def structured(text: str) -> dict[str, Any] | None:
    """What our server said in JSON; None for anybody else's line."""
    if not text.startswith('{"'):
        return None
    try:
        record = json.loads(text)
    except ValueError:
        return None
    return record if isinstance(record, dict) and isinstance(record.get("message"), str) else None


def _is_health_check(record: dict[str, Any]) -> bool:
    return record["message"] == "request" and record.get("method") == "GET" and record.get("path") in _HEALTH


def _said(record: dict[str, Any], paper: Paper) -> str:
    said = str(record["message"])
    if said == "request" and "method" in record and "path" in record:
        status = record.get("status", "")
        color = "red" if str(status).startswith("5") else "yellow" if str(status).startswith("4") else None
        said = f"{record['method']} {record['path']} {paper.style(str(status), color)}"
        said += f"  {record['ms']} ms" if "ms" in record else ""
        said += f", {record['bytes']} bytes" if isinstance(size := record.get("bytes"), int) and size >= 0 else ""
    if (error := str(record.get("error") or "")) and error not in said:
        said += f": {error}"
    more = "  ".join(f"{name}={value}" for name, value in record.items() if name not in _TOLD)
    return " ".join(f"{said}  {paper.dim(more)}".split("\n")).rstrip() if more else " ".join(said.split("\n"))
