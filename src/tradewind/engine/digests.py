"""Digests: one canonical way to say that two things are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from tradewind.errors import Problem, SpecError

CHUNK = 1 << 20
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


def of_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def of_listing(entries: Iterable[tuple[str, int, str]]) -> str:
    """Of (key, size, content's digest or etag), in any order."""
    return of(sorted(entries))


def of_tree(path: Path, spec_path: str) -> tuple[str, int]:
    """Digest and size in bytes of a file or a folder by content: names and bytes, not times or modes.

    A link to a file counts as the file; a link to a folder is refused, for it may lead anywhere.
    """
    if path.is_file():
        size = path.stat().st_size
        return of_listing([(path.name, size, of_file(path))]), size
    listing: list[tuple[str, int, str]] = []
    for member in sorted(path.rglob("*")):
        if member.is_symlink() and (member.is_dir() or not member.exists()):
            said = f"{member.relative_to(path)} is a link to a folder or to nothing; put the files themselves there"
            raise SpecError([Problem(spec_path, said)], code="TW040")
        if member.is_file():
            listing.append((member.relative_to(path).as_posix(), member.stat().st_size, of_file(member)))
    return of_listing(listing), sum(size for _, size, _ in listing)


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
