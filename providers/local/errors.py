"""From what this machine says to what a provider may say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from tradewind.errors import ProviderError
from tradewind.host.errors import HostError, of_os_error


@contextmanager
def during(what: str) -> Iterator[None]:
    """Everything that goes wrong in the body leaves it as a `ProviderError`."""
    try:
        yield
    except HostError as error:
        raise ProviderError(error.kind, error.said, during=what, code=error.code, hint=error.hint) from error
    except OSError as error:
        told = of_os_error(error)
        raise ProviderError(told.kind, told.said, during=what, code=told.code, hint=told.hint) from error
