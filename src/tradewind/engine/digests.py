"""Digests: one canonical way to say that two things are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping

Plain = str | int | float | bool | None


def of(value: object) -> str:
    """`sha256:<hex>` of a JSON-able value; key order does not matter."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def hexed(digest: str) -> str:
    """The hex alone, for keys of a store."""
    return digest.removeprefix("sha256:")


def short(digest: str) -> str:
    """The first twelve hex digits, for people."""
    return hexed(digest)[:12]


def of_listing(entries: Iterable[tuple[str, int, str]]) -> str:
    """Of (key, size, content's digest or etag), in any order."""
    return of(sorted(entries))


def flat(value: Mapping[str, object], prefix: str = "") -> dict[str, Plain]:
    """A nested mapping as dotted paths, so that two of them can be compared and shown."""
    found: dict[str, Plain] = {}
    for key, inner in value.items():
        path = f"{prefix}{key}"
        if isinstance(inner, Mapping):
            found.update(flat(inner, path + "."))
        elif isinstance(inner, (list, tuple)):
            found[path] = json.dumps(inner, ensure_ascii=False)
        else:
            found[path] = inner if isinstance(inner, (str, int, float, bool)) or inner is None else str(inner)
    return found
