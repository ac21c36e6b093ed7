"""What a key may be, the same on every store, so that what works on one cloud works on all."""

from __future__ import annotations

from tradewind.errors import StorageError

MAX_KEY_BYTES = 1024  # S3, GCS and Azure agree on this
TEMPORARY = ".tw-part-"  # names of unfinished files; never a key, never listed


def check(key: str) -> str:
    """The key itself, or `StorageError` TW335."""
    problem = _problem(key)
    if problem:
        raise StorageError(
            "invalid", f"{key!r} cannot be the key of an object: {problem}", code="TW335", hint="choose another name"
        )
    return key


def check_prefix(prefix: str) -> str:
    """A prefix may end anywhere, also with a slash, and may be empty."""
    if prefix:
        check(prefix.rstrip("/") or prefix)
    return prefix


def join(root: str, key: str) -> str:
    return f"{root}/{key}" if root else key


def _problem(key: str) -> str:
    if not key:
        return "it is empty"
    try:
        size = len(key.encode("utf-8"))
    except UnicodeEncodeError:
        return "it is not valid Unicode"
    if size > MAX_KEY_BYTES:
        return f"it is longer than {MAX_KEY_BYTES} bytes"
    if "\0" in key:
        return "it holds a NUL character"
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts):
        return "it starts or ends with a slash, or has an empty, '.' or '..' part"
    if any(part.startswith(TEMPORARY) for part in parts):
        return f"names that start with {TEMPORARY!r} are ours, for unfinished files"
    return ""
