"""`deploy up`."""

from __future__ import annotations

import click

from tradewind.cli.options import CONFIRM, LOCKING, TARGET, Verb


@click.command("up", cls=Verb, shows=TARGET | CONFIRM | LOCKING)
def up() -> None:
    """Train if needed, roll out, print the URL."""
    raise NotImplementedError
