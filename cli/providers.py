"""`deploy providers`."""

from __future__ import annotations

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import Verb


@click.command("providers", cls=Verb)
@click.argument("name", required=False)
@pass_cli
def providers(cli: Cli, /, name: str | None) -> None:
    """Where a deployment can go, what is installed, and what each can and cannot honour, with its reason."""
    from tradewind.cli.capabilities import survey
    from tradewind.cli.render import providers as render

    result = survey(name)
    cli.out.result(result, lambda paper: render.providers(result, paper, whole=name is not None))
