"""The error tree and the exit codes: one table that commands, documents and tests share.

TradewindError
├── SpecError            deploy.yaml or the command line is wrong; nothing was called      exit 2
├── RefusedError         the plan needs an answer that was not given (loss, hold, flag)     exit 2
├── BudgetError          the plan costs more than the budget, or an unknown price           exit 4
├── ProviderError        all that a provider can know; exit by kind                         exit 1, 2, 5 or 6
├── StorageError         an object store refused or failed                                  exit 1 or 6
├── FailedError          a job or a version failed by its own doing                         exit 1
├── TimedOutError        a deadline of ours passed                                          exit 7
├── RolledBackError      the new version failed; the old one serves                         exit 8
├── LockedError          another run holds the lock                                         exit 9
└── InterruptedByUser    Ctrl-C                                                             exit 130
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import IntEnum
from typing import Literal


class Exit(IntEnum):
    """What the process exits with. Documented in docs/exit-codes.md, which a test compares with this enum."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CHANGES = 3
    BUDGET = 4
    CAPACITY = 5
    CREDENTIALS = 6
    TIMED_OUT = 7
    ROLLED_BACK = 8
    LOCKED = 9
    INTERRUPTED = 130


ProviderKind = Literal[
    "credentials",
    "permission",
    "quota",
    "capacity",
    "invalid",
    "conflict",
    "missing",
    "throttled",
    "transient",
    "failed",
]
Kind = ProviderKind | Literal["spec", "refused", "budget", "timeout", "rolled_back", "locked", "interrupted"]

EXIT_OF_KIND: dict[str, Exit] = {
    "credentials": Exit.CREDENTIALS,
    "permission": Exit.CREDENTIALS,
    "quota": Exit.CAPACITY,
    "capacity": Exit.CAPACITY,
    "invalid": Exit.USAGE,
    "conflict": Exit.FAILED,
    "missing": Exit.FAILED,
    "throttled": Exit.FAILED,
    "transient": Exit.FAILED,
    "failed": Exit.FAILED,
    "spec": Exit.USAGE,
    "refused": Exit.USAGE,
    "budget": Exit.BUDGET,
    "timeout": Exit.TIMED_OUT,
    "rolled_back": Exit.ROLLED_BACK,
    "locked": Exit.LOCKED,
    "interrupted": Exit.INTERRUPTED,
}


class TradewindError(Exception):
    """Base of all errors that a user may see: what failed, why in the other side's words, and what to try next.

    `code` is stable (`deploy explain CODE`, texts in `tradewind.codes`); `hint` is the next command or edit to try.
    """

    kind: Kind = "failed"

    def __init__(self, message: str, *, code: str, hint: str = "", said: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.hint = hint
        self.said = said

    @property
    def exit(self) -> Exit:
        return EXIT_OF_KIND[self.kind]


@dataclass(frozen=True)
class Problem:
    """One thing wrong in a file: where (1-based), what, the value as written, and a suggestion where there is one."""

    path: str
    message: str
    file: str = ""
    line: int = 0
    column: int = 0
    value: str = ""
    suggestion: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}: " if self.line else (f"{self.file}: " if self.file else "")
        path = f"{self.path}: " if self.path else ""
        got = f"got {self.value!r}" if self.value else ""
        meant = f"did you mean {self.suggestion!r}?" if self.suggestion else ""
        tail = f" ({'; '.join(filter(None, (got, meant)))})" if got or meant else ""
        return f"{where}{path}{self.message}{tail}"


class SpecError(TradewindError):
    """deploy.yaml, an override or an argument is wrong. Carries all problems at once."""

    kind: Kind = "spec"

    def __init__(self, problems: Sequence[Problem], *, code: str = "TW001", hint: str = "") -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(p) for p in self.problems), code=code, hint=hint)


class RefusedError(TradewindError):
    """The plan is clear, but needs an agreement that was not given: a loss, a hold, a replacement, a secret."""

    kind: Kind = "refused"


class BudgetError(TradewindError):
    kind: Kind = "budget"


class ProviderError(TradewindError):
    """All that a provider can know. `said` is the cloud's own text; `during` names what was being done."""

    def __init__(
        self,
        kind: ProviderKind,
        said: str,
        *,
        during: str,
        code: str,
        hint: str = "",
        retry_after: timedelta | None = None,
    ) -> None:
        super().__init__(f"{during}: {said}" if said else during, code=code, hint=hint, said=said)
        self.kind = kind
        self.during = during
        self.retry_after = retry_after


class StorageError(TradewindError):
    """An object store refused or failed; kinds as a provider's."""

    def __init__(
        self, kind: ProviderKind, message: str, *, code: str = "TW330", hint: str = "", said: str = ""
    ) -> None:
        super().__init__(message, code=code, hint=hint, said=said)
        self.kind = kind


class FailedError(TradewindError):
    """A job or version failed by its own doing; `log` holds its last lines."""

    kind: Kind = "failed"

    def __init__(self, message: str, *, code: str, hint: str = "", said: str = "", log: Sequence[str] = ()) -> None:
        super().__init__(message, code=code, hint=hint, said=said)
        self.log = tuple(log)


class TimedOutError(TradewindError):
    kind: Kind = "timeout"


class RolledBackError(FailedError):
    """The new version did not stand its rollout; the old one serves, untouched."""

    kind: Kind = "rolled_back"


class LockedError(TradewindError):
    kind: Kind = "locked"


class InterruptedByUser(TradewindError):
    kind: Kind = "interrupted"
