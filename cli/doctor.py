"""`deploy doctor`."""

from __future__ import annotations

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import TARGET, Verb


@click.command("doctor", cls=Verb, shows=TARGET)
@pass_cli
def doctor(cli: Cli, /) -> None:
    """Check this machine, the spec, the provider and its credentials; each finding comes with its fix.

    Exits 1 where something will keep a deployment from working. Changes nothing.
    """
    from tradewind.cli import examining
    from tradewind.cli.render import doctor as render
    from tradewind.errors import Exit

    result = examining.examine(cli)
    cli.out.result(result, lambda paper: render.doctor(result, paper))
    if not result.ok:
        raise click.exceptions.Exit(Exit.FAILED)
