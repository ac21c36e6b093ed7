"""Inputs and models by content: what they are (a digest of their listing), where they will lie, and bringing them there."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import BaseModel

from tradewind.engine import bundle, digests
from tradewind.errors import Problem, SpecError
from tradewind.storage.base import Progress, Store
from tradewind.storage.opening import open_store
from tradewind.values import Artifact

STORES = ("s3", "gs", "az", "file", "memory")


@dataclass(frozen=True)
class Content:
    """`local` is uploaded to `key` below the session's store; without it the data already lies at `artifact.uri`."""

    path: str  # into deploy.yaml
    artifact: Artifact
    key: str = ""
    local: Path | None = None
    size: int = 0


def scheme_of(uri: str) -> str:
    """ "s3" of "s3://bucket/key"; "" for a path (a single letter is a drive of Windows)."""
    scheme = urlsplit(uri).scheme
    return scheme if len(scheme) > 1 else ""


def foreign(uri: str, base: str) -> bool:
    """True where a target whose foundation is at `base` does not read from `uri`. Nobody knows without a foundation."""
    return bool(base) and scheme_of(uri) in STORES and scheme_of(uri) != scheme_of(base)


def local(spec_path: str, said: str, root: Path, base: str, prefix: str) -> Content:
    """A file or folder beside deploy.yaml (or anywhere on this machine), to be uploaded once by its content.

    Raises SpecError where it is not there or cannot be taken.
    """
    where = (root / Path(said.removeprefix("file://")).expanduser()).resolve()
    if not where.exists():
        raise SpecError([Problem(spec_path, f"{said} is not there", value=said)], code="TW041")
    try:
        digest, size = _digest(where), sum(path.stat().st_size for path in _files(where))
    except OSError as error:
        problem = Problem(spec_path, f"{said} cannot be read: {error.strerror or error}", value=said)
        raise SpecError([problem], code="TW040") from error
    if where.is_dir() and not any(_files(where)):
        raise SpecError([Problem(spec_path, f"{said} is an empty folder", value=said)], code="TW041")
    key = f"{prefix}/{digests.hexed(digest)}"
    return Content(spec_path, Artifact(f"{base}/{key}", digest), key, where, size)


def remote(spec_path: str, uri: str, *, look: bool, settings: BaseModel | None = None) -> Content:
    """Data that already lies in a store: its digest is that of its listing, or of its address where nobody may look.

    Raises SpecError where nothing lies there; StorageError where looking failed.
    """
    if not look:
        return Content(spec_path, Artifact(uri.rstrip("/"), digests.of(["unlisted", uri.rstrip("/")])))
    listing = _listing(uri, settings)
    if not listing:
        raise SpecError([Problem(spec_path, f"nothing lies at {uri}", value=uri)], code="TW041")
    size = sum(size for _, size, _ in listing)
    single = len(listing) == 1 and listing[0][0] == uri.rstrip("/").rpartition("/")[2]
    return Content(spec_path, Artifact(uri.rstrip("/"), digests.of_listing(listing), single), size=size)


def hub(spec_path: str, said: str) -> Content:
    """A model that the container itself fetches from the Hugging Face Hub: known by its name, there is nothing to look at."""
    return Content(spec_path, Artifact(said, digests.of(["hub", said])))


def _listing(uri: str, settings: BaseModel | None) -> list[tuple[str, int, str]]:
    """(key, size, etag) of everything at or below `uri`."""
    parent, _, name = uri.rstrip("/").rpartition("/")
    entries = open_store(parent, settings, anybodys=True).list(name)
    return [(e.key, e.size, e.etag) for e in entries if e.key == name or e.key.startswith(name + "/")]


def upload(store: Store, content: Content, progress: Progress | None = None) -> int:
    """Bring local content to its place, unless it is there whole. Returns the bytes sent.

    The marker is written last, so an upload that was killed is done again and one that was finished never is.
    """
    if content.local is None:
        return 0
    marker = f"{content.key}.json"
    if store.stat(marker) is not None:
        return 0
    if content.local.is_dir():
        sent = store.upload(content.local, content.key, progress)
    else:
        sent = store.put_file(f"{content.key}/{content.local.name}", content.local).size
    store.put(marker, json.dumps({"schema": "tradewind/content/1", "bytes": sent}).encode())
    return sent


def _digest(where: Path) -> str:
    """Of a folder, its names and bytes; of a file alone its name too, since programs look for it by name."""
    found = bundle.content_digest(where)
    return digests.of([where.name, found]) if where.is_file() else found


def _files(where: Path) -> Iterator[Path]:
    if where.is_file():
        yield where
    else:
        yield from (path for path in where.rglob("*") if path.is_file())
