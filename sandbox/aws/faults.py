"""What the service answers when it refuses: a code of its own and a text."""

from __future__ import annotations


class ServiceError(Exception):
    """`code` is the modelled exception's name; `status` the HTTP status it travels with."""

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> ServiceError:
    return ServiceError("ValidationException", message)


def unknown(operation: str) -> ServiceError:
    """An operation of the real service that is not here: said plainly instead of a made-up answer."""
    return ServiceError("UnknownOperationException", f"{operation} is not emulated by this sandbox")
