"""Questions, and what happens where nobody can be asked. Enter alone means no."""

from __future__ import annotations

import sys

from tradewind.cli.output import Output, tell

NOBODY = "TW004"
DECLINED = "TW005"
_YES, _NO = ("y", "yes"), ("", "n", "no")


def confirm(out: Output, question: str, flag: str) -> None:
    """Returns when the answer is yes. Raises RefusedError (exit 2) without a terminal, FailedError (exit 1) on a no."""
    from tradewind.errors import FailedError, RefusedError

    if not out.can_ask:
        raise RefusedError(
            f"'{question}' needs an answer, and there is no terminal to ask on",
            code=NOBODY,
            hint=f"Give {flag} to answer yes beforehand.",
        )
    if not _yes(out, question):
        raise FailedError("Declined; nothing was changed.", code=DECLINED)


def _yes(out: Output, question: str) -> bool:
    out.clear()
    while True:
        sys.stderr.write(out.margin.bold(question) + " [y/N] ")
        sys.stderr.flush()
        line = sys.stdin.readline()
        if not line:
            tell("")
            return False
        answer = line.strip().lower()
        if answer in _YES or answer in _NO:
            return answer in _YES
        tell("Please answer y or n.")
