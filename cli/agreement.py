"""The flags by which people agree beforehand: to losses, replacing, deleting, unprotecting, and to forget a hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from tradewind.engine.open import Agreed

F = TypeVar("F", bound=Callable[..., Any])

_FLAGS = (
    click.option("--accept", metavar="PATH", multiple=True, help="Agree to a loss, by its path. May be repeated."),
    click.option("--allow-replace", is_flag=True, help="Agree to replace what cannot be changed in place."),
    click.option("--allow-delete", is_flag=True, help="Agree to delete what the spec no longer asks for."),
    click.option("--unprotect", metavar="NAME", multiple=True, help="Agree for a protected environment, by its name."),
    click.option("--release-hold", is_flag=True, help="Try again a version that was rolled back."),
)


def agreements(function: F) -> F:
    for flag in reversed(_FLAGS):
        function = flag(function)
    return function


def agreement(
    *,
    accept: Any = (),
    allow_replace: Any = False,
    allow_delete: Any = False,
    unprotect: Any = (),
    release_hold: Any = False,
) -> Agreed:
    from tradewind.engine.open import Agreed

    return Agreed(
        accept=frozenset(accept),
        replace=bool(allow_replace),
        delete=bool(allow_delete),
        unprotect=frozenset(unprotect),
        release=bool(release_hold),
    )
