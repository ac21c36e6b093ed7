"""What can go wrong on this machine, with stable codes. Whoever stands on the host translates these at its edge."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from tradewind.errors import ProviderKind


class HostError(Exception):
    """`kind` and `code` as in the error table; `said` is the operating system's own text; `hint` what to try next."""

    def __init__(self, kind: ProviderKind, said: str, *, code: str, hint: str = "") -> None:
        super().__init__(said)
        self.kind = kind
        self.said = said
        self.code = code
        self.hint = hint


FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
FORBIDDEN = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def of_os_error(error: OSError) -> HostError:
    """Disk full and read-only get codes of their own: they are the two that a user can mend at once."""
    said = str(error)
    if error.errno in FULL:
        return HostError("failed", said, code="TW602", hint="free some space below TRADEWIND_HOME, then run it again")
    if error.errno in FORBIDDEN:
        return HostError("permission", said, code="TW601", hint="set TRADEWIND_HOME to a folder that you may write")
    return HostError("failed", said, code="TW600")


@contextmanager
def told() -> Iterator[None]:
    """Turns an OSError of the body into a HostError."""
    try:
        yield
    except OSError as error:
        raise of_os_error(error) from error
