"""The passphrase of stacks that have no cloud's key: made once, kept beside the state, given to Pulumi by its file's name."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from tradewind.home import home

VARIABLES = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")


def path() -> Path:
    return home() / "infra" / "passphrase"


def given(environ: Mapping[str, str]) -> bool:
    """By the user; an empty one counts, as it does for Pulumi."""
    return any(name in environ for name in VARIABLES)


def made() -> bool:
    """Whether it was made now. Two processes at once make one."""
    there = path()
    there.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if there.is_file():
        return False
    draft = there.with_name(f".passphrase.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(32))
    try:
        os.link(draft, there)  # atomic, and never over another's
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True


def known(environ: Mapping[str, str]) -> tuple[str, ...]:
    """The one in use where it is ours, for whoever hides it."""
    return (path().read_text().strip(),) if environ.get(VARIABLES[1]) == str(path()) else ()
