"""Secrets of this machine: `env:NAME` is a variable of the calling process. Values are handed on in memory only."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from tradewind.host.errors import HostError

SCHEME = "env:"


def known(references: Mapping[str, str]) -> dict[str, str]:
    """The values that this process has, by the container's variable."""
    found = {}
    for name, reference in references.items():
        value = os.environ.get(reference.removeprefix(SCHEME))
        if value is not None:
            found[name] = value
    return found


def all_of(references: Mapping[str, str]) -> dict[str, str]:
    """Every value, or an error that names what is not set."""
    found = known(references)
    missing(tuple(references[name] for name in references if name not in found))
    return found


def told(references: Mapping[str, str]) -> dict[str, str]:
    """For our programs in the container: which of its variables are secret, so that they mask them."""
    return {"TW_SECRETS": json.dumps({name: f"{SCHEME}{name}" for name in references})} if references else {}


def missing(references: tuple[str, ...]) -> None:
    if references:
        names = ", ".join(sorted(reference.removeprefix(SCHEME) for reference in references))
        raise HostError(
            "invalid", f"not set in the environment: {names}", code="TW603", hint="export it, then run again"
        )
