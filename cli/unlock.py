"""`deploy unlock`: free the lock that a run left behind. deploy.lock is another matter (`deploy lock`)."""

from __future__ import annotations

import click

from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import CONFIRM, TARGET, Verb


@click.command("unlock", cls=Verb, shows=TARGET | CONFIRM)
@pass_cli
def unlock(cli: Cli, /) -> None:
    """Free the deployment lock, after showing whose it is. A run that still holds it stops at its next write."""
    from tradewind.cli.render import project as render
    from tradewind.engine import project

    session = cli.look()
    if not cli.yes:
        held = project.status(session).lock
        if held is not None:
            cli.out.say(*cli.out.margin.wrap(render.owner(held)))
            confirm(cli.out, "Free it?", "--yes")
    result = project.unlock(session)
    cli.out.result(result, lambda paper: render.unlocked(result, paper))
