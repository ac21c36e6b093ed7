"""`deploy history`."""

from __future__ import annotations

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import TARGET, Verb


@click.command("history", cls=Verb, shows=TARGET)
@click.option("--limit", "-n", type=click.IntRange(min=1), help="Show this many, the newest.")
@pass_cli
def history(cli: Cli, /, limit: int | None) -> None:
    """What happened in this environment, newest first, failures with their reasons."""
    from tradewind.cli.render import project as render
    from tradewind.engine import history as engine

    result = engine.entries(cli.look(), limit)
    cli.out.result(result, lambda paper: render.history(result, paper))
