"""What a caller is told when a request cannot be answered, and nothing more than that."""

from __future__ import annotations

import re

from tradewind.serving.secretive import hide

JSON = "application/json"

# An absolute path of two parts or more, POSIX or Windows, that is not the path of a URL.
_PATHS = re.compile(r"(?<![\w:/.~-])(?:/[^\s/'\":,;<>|*?()\[\]{}]+){2,}/?|\b[A-Za-z]:\\[^\s'\":,;<>|*?()\[\]{}]+")
_LONGEST = 2000


class HttpError(Exception):
    """An answer other than 200. `kind` is a stable word for programs, the message is for people."""

    def __init__(self, status: int, message: str, kind: str = "", retry_after: int | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind = kind or KINDS.get(status, "error")
        self.retry_after = retry_after


class StartError(Exception):
    """The server cannot start: a setting, the handler or the model is wrong. The message names the fix."""


KINDS = {
    400: "bad_request",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    408: "request_timeout",
    413: "too_large",
    415: "unsupported_type",
    429: "too_many_requests",
    431: "headers_too_large",
    500: "handler_error",
    503: "unavailable",
    504: "timeout",
}


def bad(message: str) -> HttpError:
    return HttpError(400, message)


def without_paths(text: str) -> str:
    """The text with each absolute path cut down to its last part: a caller learns the file's name, not where we live.

    No secret's value is left in it either.
    """

    def last(found: re.Match[str]) -> str:
        return re.split(r"[\\/]", found.group().rstrip("\\/"))[-1]

    cut = _PATHS.sub(last, hide(text))
    return cut if len(cut) <= _LONGEST else cut[: _LONGEST - 1] + "…"


def from_handler(error: BaseException) -> tuple[int, str, str]:
    """Status, kind and message for what a handler raised.

    An exception with an integer `status` from 400 to 599 chooses the answer; all others are 500, because a rollout counts
    server errors: a model that trips over good input must not look like a caller's mistake.
    """
    status = getattr(error, "status", None)
    if not (isinstance(status, int) and not isinstance(status, bool) and 400 <= status <= 599):
        status = 500
    message = without_paths(str(error)) or "the handler gave no message"
    return status, type(error).__name__, message
