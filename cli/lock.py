"""`deploy lock`: about deploy.lock. The lease of a run is freed by `deploy unlock`."""

from __future__ import annotations

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import TARGET, Verb


@click.command("lock", cls=Verb, shows=TARGET)
@click.option("--upgrade", is_flag=True, help="Renew every pin instead of adding what is missing.")
@click.option(
    "--locked", is_flag=True, envvar="TRADEWIND_LOCKED", help="Write nothing; fail where the file is not current."
)
@pass_cli
def lock(cli: Cli, /, upgrade: bool, locked: bool) -> None:
    """Pin what the spec resolves to in deploy.lock, which is meant to be committed.

    A run that holds the deployment lock is another matter: `deploy unlock`.
    """
    from tradewind.cli.render import project as render
    from tradewind.engine import pins

    if upgrade and locked:
        raise click.UsageError("--upgrade and --locked contradict each other.", click.get_current_context())
    work = cli.work(locked=locked, upgrade=upgrade)
    if work.rehearses:
        said = "deploy.lock is about the real account; an emulated one leaves no pins. Leave --sandbox out."
        raise click.UsageError(said, click.get_current_context())
    result = pins.refresh(work)
    cli.out.result(result, lambda paper: render.locked(result, paper))
