"""From the system's errors to ours: one table, so that a full disk reads the same wherever it happens."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from tradewind.errors import ProviderKind, StorageError

# errno -> (kind, code, what to try)
_TABLE: dict[int, tuple[ProviderKind, str, str]] = {
    errno.ENOENT: ("missing", "TW331", "check the path"),
    errno.EACCES: ("permission", "TW332", "make it readable and writable for this user, or choose another folder"),
    errno.EPERM: ("permission", "TW332", "make it readable and writable for this user, or choose another folder"),
    errno.EROFS: ("permission", "TW332", "the file system is read-only: choose a folder that can be written"),
    errno.ENOSPC: ("failed", "TW334", "free some space, or set TRADEWIND_HOME to a larger disk; nothing was damaged"),
    errno.EDQUOT: ("failed", "TW334", "free some space within your quota; nothing was damaged"),
    errno.EFBIG: ("failed", "TW334", "the file system or a limit (ulimit -f) does not allow files of this size"),
    errno.ENAMETOOLONG: ("invalid", "TW335", "shorten the name, or the path of the folder"),
    errno.EILSEQ: ("invalid", "TW335", "the file system cannot hold this name"),
    errno.EINVAL: ("invalid", "TW335", "the file system cannot hold this name"),
    errno.ELOOP: ("invalid", "TW335", "a symbolic link points to itself"),
    errno.ENOTDIR: ("conflict", "TW336", "an object stands where a folder is needed: delete it or choose another key"),
    errno.EISDIR: ("conflict", "TW336", "a folder stands where the object would be: choose another key"),
    errno.ENOTEMPTY: ("conflict", "TW336", "a folder stands where the object would be: choose another key"),
    errno.EMFILE: ("transient", "TW337", "too many open files: raise the limit with `ulimit -n`"),
    errno.ESTALE: ("transient", "TW337", "the network file system lost the file: try again"),
    errno.ETIMEDOUT: ("transient", "TW337", "the file system does not answer: try again"),
}


def translate(error: OSError, doing: str) -> StorageError:
    """`doing` names the act and the path: "writing /x/y"."""
    words = error.strerror or str(error)
    kind, code, hint = _TABLE.get(error.errno or 0, ("failed", "TW330", "check the disk and the folder"))
    return StorageError(kind, f"{doing}: {words}", code=code, hint=hint, said=words)


@contextmanager
def translated(doing: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise translate(error, doing) from error
    except UnicodeEncodeError as error:
        raise StorageError("invalid", f"{doing}: not a valid name", code="TW335", said=str(error)) from error
