"""`deploy down`."""

from __future__ import annotations

import click

from tradewind.cli.agreement import agreement
from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import CONFIRM, LOCKING, TARGET, Verb
from tradewind.cli.progress import Progress
from tradewind.cli.signals import stoppable

FIRST = "Stopping after the step under way. Once more leaves at once."


@click.command("down", cls=Verb, shows=TARGET | CONFIRM | LOCKING)
@click.option("--purge", is_flag=True, help="Also delete models, data and history.")
@click.option("--unprotect", metavar="NAME", multiple=True, help="Agree for a protected environment, by its name.")
@pass_cli
def down(cli: Cli, /, purge: bool, unprotect: tuple[str, ...]) -> None:
    """Take down what the environment owns: jobs still running, the endpoint, its versions and logs.

    Models, history and data stay, unless --purge.
    """
    from tradewind.cli.render import up as render
    from tradewind.engine import apply, project

    wait = cli.lock_timeout
    work = cli.work()
    if not cli.yes:
        status = project.status(cli.session(work))
        cli.out.say(*render.before_down(status, purge, cli.out.margin), "")
        confirm(
            cli.out, f"Take down {work.spec.name}" + (" and delete its models and data?" if purge else "?"), "--yes"
        )
    with (
        Progress(cli.out) as progress,
        stoppable(FIRST, f"Left. `{cli.again('down')}` removes the rest.", cli.last_words, progress.announce) as stop,
    ):
        session = cli.session(work, report=progress, stop=stop)
        agreed = agreement(unprotect=unprotect)
        result = apply.down(session, agreed, protect=work.spec.protect, purge=purge, lock_timeout=wait, work=work)
    cli.out.result(result, lambda paper: render.down(result, paper))
    if result.left:
        from tradewind.errors import Exit

        raise click.exceptions.Exit(Exit.FAILED)
