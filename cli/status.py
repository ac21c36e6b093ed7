"""`deploy status`."""

from __future__ import annotations

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.hints import aimed
from tradewind.cli.options import TARGET, Verb


@click.command("status", cls=Verb, shows=TARGET)
@pass_cli
def status(cli: Cli, /) -> None:
    """What stands now: jobs, endpoint, versions, traffic, holds, and who holds the lock."""
    from tradewind.cli.render import project as render
    from tradewind.engine import project

    result = project.status(cli.look())
    if result.endpoint is not None:
        steps = tuple(aimed(command, cli.out.target) for command in result.endpoint.next)
        result = result.model_copy(update={"endpoint": result.endpoint.model_copy(update={"next": steps})})
    cli.out.result(result, lambda paper: render.status(result, paper))
