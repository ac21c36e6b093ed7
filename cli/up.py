"""`deploy up`: plan, confirm, train if needed, roll out, print the URL and how to call it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tradewind.cli.agreement import agreement, agreements
from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import CONFIRM, LOCKING, TARGET, Verb
from tradewind.cli.progress import Progress
from tradewind.cli.signals import stoppable

if TYPE_CHECKING:
    from tradewind.engine.results import Plan
    from tradewind.errors import RefusedError

FIRST = (
    "Stopping: a training job goes on by itself, a rollout is put back first. "
    "Once more leaves at once, as it is then."
)  # fmt: skip


@click.command("up", cls=Verb, shows=TARGET | CONFIRM | LOCKING)
@click.option(
    "--locked", is_flag=True, envvar="TRADEWIND_LOCKED", help="Refuse to resolve anew; deploy.lock is obeyed."
)
@agreements
@pass_cli
def up(cli: Cli, /, locked: bool, **given: object) -> None:
    """Train if needed, roll out, and print the URL and how to call it.

    The same command again goes on where it was, or finds that there is nothing to do. `--yes` covers creating and changing
    in place; replacing, deleting and losses have flags of their own.
    """
    from tradewind.cli.render import up as render
    from tradewind.engine import apply, preflight
    from tradewind.engine import plan as planning
    from tradewind.engine.open import unless_plans_only

    wait = cli.lock_timeout
    work = cli.work(locked=locked)
    unless_plans_only(work.provider_info)  # nobody is asked to agree to what cannot be done
    agreed = agreement(**given)
    ready = planning.ready(work, agreed)
    prepared = None if agree(cli, ready.plan) else ready.prepared  # much may have happened while somebody thought
    with (
        Progress(cli.out) as progress,
        stoppable(FIRST, _left(cli), cli.last_words, progress.announce) as stop,
        preflight.foretold(ready.plan),
    ):
        session = replace(ready.session or cli.session(work), report=progress, stop=stop)
        result = apply.up(work, session, agreed, lock_timeout=wait, prepared=prepared)
    cli.out.result(result, lambda paper: render.up(result, paper))


def _left(cli: Cli) -> str:
    goes_on, guard = cli.again("up", same_spec=True), cli.again("endpoint guard")
    return f"Left. `{goes_on}` goes on where it was; `{guard}` puts an unfinished rollout in order."


def agree(cli: Cli, made: Plan) -> bool:
    """Show the plan, and ask; whether somebody was asked. What stands in its way is raised before that."""
    from tradewind.cli.render import plan as render
    from tradewind.engine.refuse import unless_clear
    from tradewind.errors import RefusedError

    clear = not (made.refusals or made.blockers or made.over_budget)
    shows = (made.changes or not clear) and (cli.out.mode == "table" or (cli.out.can_ask and not cli.yes))
    if shows:
        cli.out.say(*render.plan(made, cli.out.margin), "")
    try:
        unless_clear(made)
    except RefusedError as error:
        raise _shown(made, error) if shows and cli.out.mode == "table" else error from None
    asks = made.changes and not cli.yes
    if asks:
        confirm(cli.out, f"Do this to {made.project} on {cli.on(made.title or made.provider)}?", "--yes")
    return asks


def _shown(made: Plan, error: RefusedError) -> RefusedError:
    """The plan above has said what and why: the error refers to it, and repeats the flags alone."""
    from tradewind.errors import RefusedError

    where = "stands in its way" if made.blockers else "needs your agreement"
    flags = [refusal.allow for refusal in made.refusals if refusal.allow.startswith("--")]
    hint = (
        f"deploy explain {error.code}" if made.blockers or not flags else f"to go on: {' '.join(dict.fromkeys(flags))}"
    )
    return RefusedError(f"nothing was done: see above what {where}", code=error.code, hint=hint)
