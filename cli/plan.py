"""`deploy plan`."""

from __future__ import annotations

import click

from tradewind.cli.agreement import agreement, agreements
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import TARGET, Verb


@click.command("plan", cls=Verb, shows=TARGET)
@click.option("--exit-code", is_flag=True, help="Exit 3 where `up` would change something or would refuse.")
@click.option("--all", "everywhere", is_flag=True, help="The same spec on every provider.")
@click.option(
    "--locked", is_flag=True, envvar="TRADEWIND_LOCKED", help="Refuse to resolve anew; deploy.lock is obeyed."
)
@agreements
@pass_cli
def plan(cli: Cli, /, exit_code: bool, everywhere: bool, locked: bool, **given: object) -> None:
    """Show what `up` would do, why, what it costs and what is lost. Nothing is written."""
    from tradewind.cli.render import plan as render
    from tradewind.engine import plan as engine
    from tradewind.errors import Exit

    agreed = agreement(**given)
    if everywhere:
        plans = engine.plan_all(cli.work(locked=locked, everywhere=True), agreed, cli.on_provider)
        cli.out.result(plans, lambda paper: render.plans(plans, paper))
        if exit_code and any(p.changes or p.refusals or p.blockers for p in plans.plans):
            raise click.exceptions.Exit(Exit.CHANGES)
        return
    made = engine.make(cli.work(locked=locked), agreed)
    cli.out.result(made, lambda paper: render.plan(made, paper))
    if made.over_budget:
        raise click.exceptions.Exit(Exit.BUDGET)
    if exit_code and (made.changes or made.refusals or made.blockers):
        raise click.exceptions.Exit(Exit.CHANGES)
