"""`deploy train ...`: training jobs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from tradewind.cli import following
from tradewind.cli.agreement import agreement, agreements
from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.groups import LazyGroup
from tradewind.cli.options import CONFIRM, TARGET, Verb
from tradewind.cli.progress import Progress
from tradewind.cli.signals import stoppable
from tradewind.cli.verbs import TRAIN

if TYPE_CHECKING:
    from tradewind.engine.open import Agreed, Work

FIRST = "Detaching: the job goes on. Once more leaves at once."
_NAME = click.argument("name", required=False)


@click.group("train", cls=LazyGroup, entries=TRAIN)
def train() -> None:
    """Run, watch, stop and fetch training jobs.

    A job is named by its own name, or by its run's digest or the beginning of that.
    """


@click.command("run", cls=Verb, shows=TARGET | CONFIRM)
@click.option(
    "--locked", is_flag=True, envvar="TRADEWIND_LOCKED", help="Refuse to resolve anew; deploy.lock is obeyed."
)
@click.option("--detach", is_flag=True, help="Leave once the job is accepted; the same command without it waits.")
@agreements
@pass_cli
def run(cli: Cli, /, locked: bool, detach: bool, **given: object) -> None:
    """Train now, unless the same run has succeeded before. Waits; Ctrl-C detaches and the job goes on."""
    from tradewind.cli.render import jobs as render
    from tradewind.engine import train as engine

    work = cli.work(locked=locked)
    agreed = agreement(**given)
    _ask_for_money(cli, work, agreed)
    with Progress(cli.out) as progress, stoppable(FIRST, _left(cli), cli.last_words, progress.announce) as stop:
        result = engine.run(work, cli.session(work, report=progress, stop=stop), agreed, detach=detach)
    cli.out.result(result, lambda paper: render.trained(result, paper))


@click.command("status", cls=Verb, shows=TARGET)
@_NAME
@pass_cli
def status(cli: Cli, /, name: str | None) -> None:
    """The newest attempt of each run, or the job NAME."""
    from tradewind.cli.render import jobs as render
    from tradewind.engine import train as engine

    result = engine.status(cli.look(), name)
    lines = render.jobs if name is None else render.job
    cli.out.result(result, lambda paper: lines(result, paper))


@click.command("list", cls=Verb, shows=TARGET)
@pass_cli
def list_jobs(cli: Cli, /) -> None:
    """Every attempt of every run, newest first."""
    from tradewind.cli.render import jobs as render
    from tradewind.engine import train as engine

    result = engine.list_jobs(cli.look())
    cli.out.result(result, lambda paper: render.jobs(result, paper))


@click.command("logs", cls=Verb, shows=TARGET)
@_NAME
@click.option("--follow", is_flag=True, help="Go on with new lines until the job is over.")
@click.option("--cursor", metavar="TEXT", help="Go on from where an earlier answer ended.")
@pass_cli
def logs(cli: Cli, /, name: str | None, follow: bool, cursor: str | None) -> None:
    """What the job NAME printed; without NAME, the newest one."""
    from tradewind.engine import train as engine

    if follow:
        again = cli.again(f"train logs --follow {name or ''}")
        following.follow(
            cli, lambda stop: cli.look(stop=stop), name or "", lambda s: engine.follow(s, name, cursor), again
        )
        return
    session = cli.look()
    following.show(cli, lambda at: engine.logs(session, name, at), cursor)


@click.command("stop", cls=Verb, shows=TARGET | CONFIRM)
@_NAME
@pass_cli
def stop(cli: Cli, /, name: str | None) -> None:
    """Ask the job NAME to stop, with time to save; without NAME, every job that still runs."""
    from tradewind.cli.render import jobs as render
    from tradewind.engine import train as engine

    session = cli.look()
    if name is None and not cli.yes:
        running = [j.name for j in engine.list_jobs(session).jobs if j.state in ("queued", "starting", "running")]
        if running:
            confirm(cli.out, f"Stop {', '.join(running)}?", "--yes (or name the job)")
    result = engine.stop(session, name)
    cli.out.result(result, lambda paper: render.stopped(result, paper))


@click.command("download", cls=Verb, shows=TARGET)
@_NAME
@click.option("--to", "to", type=click.Path(path_type=Path), default=Path("model"), show_default=True, metavar="FOLDER",
              help="Where to; absent or empty.")  # fmt: skip
@pass_cli
def download(cli: Cli, /, name: str | None, to: Path) -> None:
    """Fetch the model of the job NAME, or of the newest run that succeeded, into a folder."""
    from tradewind.cli.render import jobs as render
    from tradewind.engine import train as engine

    result = engine.download(cli.look(), to, name)
    cli.out.result(result, lambda paper: render.downloaded(result, paper))


def _left(cli: Cli) -> str:
    waits = cli.again("train run", same_spec=True)
    shows, ends = cli.again("train logs --follow"), cli.again("train stop")
    return f"Left. `{waits}` waits for it again, `{shows}` shows it, `{ends}` ends it."


def _ask_for_money(cli: Cli, work: Work, agreed: Agreed) -> None:
    """Where training costs nothing the verb itself is the answer."""
    from tradewind.cli.render import pieces
    from tradewind.engine import plan as planning
    from tradewind.engine.refuse import unless_clear

    if cli.yes:
        return
    made = planning.make(work, agreed)
    rate = made.cost.train
    trains = any(action.kind == "train" for action in made.actions)
    if trains and rate is not None and rate.amount != 0:
        unless_clear(made)
        price = "at an unknown price" if rate.amount is None else f"for {pieces.hourly(rate)}"
        confirm(cli.out, f"Train on {cli.on(made.title or made.provider)}, {price}?", "--yes")
