"""`deploy endpoint ...`: look, read, connect, put back. `invoke` and `check` have files of their own."""

from __future__ import annotations

import functools

import click

from tradewind.cli import following
from tradewind.cli.asking import confirm
from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.groups import LazyGroup
from tradewind.cli.hints import aimed
from tradewind.cli.options import CONFIRM, LOCKING, TARGET, Verb
from tradewind.cli.progress import Progress
from tradewind.cli.signals import stoppable
from tradewind.cli.target import endpoint as opened
from tradewind.cli.verbs import ENDPOINT

_NAME = click.argument("name", required=False)


@click.group("endpoint", cls=LazyGroup, entries=ENDPOINT)
def endpoint() -> None:
    """Call, watch, roll back and check endpoints.

    Without NAME, the endpoint of ./deploy.yaml is meant. With NAME (an endpoint's or a project's) no spec is needed:
    `deploy endpoint rollback NAME --provider local`.
    """


@click.command("status", cls=Verb, shows=TARGET)
@_NAME
@pass_cli
def status(cli: Cli, /, name: str | None) -> None:
    """Versions, traffic, replicas, and the figures of the last minutes."""
    from tradewind.cli.render import endpoint as render
    from tradewind.engine import endpoints as engine

    result = engine.status(opened(cli, name))
    steps = [aimed(command, cli.out.target) for command in result.next]
    if name is None and result.state != "absent":  # the spec says where it is, to the next command too
        steps = [cli.again(f"endpoint {verb}") for verb in ("connect", "logs")]
    result = result.model_copy(update={"next": tuple(steps)})
    cli.out.result(result, lambda paper: render.status(result, paper))


@click.command("list", cls=Verb, shows=TARGET)
@pass_cli
def list_endpoints(cli: Cli, /) -> None:
    """Every endpoint of the project, in any environment."""
    from tradewind.cli.render import endpoint as render
    from tradewind.engine import endpoints as engine

    result = engine.list_endpoints(cli.look())
    cli.out.result(result, lambda paper: render.endpoints(result, paper))


@click.command("connect", cls=Verb, shows=TARGET)
@_NAME
@click.option("--as", "form", type=click.Choice(["curl", "python"]), help="Print only this one, ready to run.")
@pass_cli
def connect(cli: Cli, /, name: str | None, form: str | None) -> None:
    """Working curl and Python for the endpoint."""
    from tradewind.cli.render import endpoint as render
    from tradewind.engine import endpoints as engine

    session = opened(cli, name)
    result = cli.unsigned(engine.connect(session), session.identity.provider)
    if form is not None and cli.out.mode == "table":
        cli.out.text((result.curl if form == "curl" else result.python).rstrip() + "\n")
        return
    cli.out.result(result, lambda paper: render.connect(result, paper))


@click.command("logs", cls=Verb, shows=TARGET)
@_NAME
@click.option("--follow", is_flag=True, help="Go on with new lines.")
@click.option("--slot", type=click.Choice(["a", "b"]), help="Of the version in this seat.  [the one with most traffic]")
@click.option("--cursor", metavar="TEXT", help="Go on from where an earlier answer ended.")
@click.option("--health", is_flag=True, help="Also the health checks, which people are spared otherwise.")
@pass_cli
def logs(cli: Cli, /, name: str | None, follow: bool, slot: str | None, cursor: str | None, health: bool) -> None:
    """What a version printed: its own lines and one a request.

    On the screen they are laid out for people; --output json or ndjson gives them as they were written.
    """
    from tradewind.cli.render import logs as lines
    from tradewind.engine import endpoints as engine

    readable = functools.partial(lines.line, health=health)
    if follow:
        again = cli.again(f"endpoint logs --follow {name or ''}")
        following.follow(
            cli,
            lambda stop: opened(cli, name, stop=stop),
            name or "",
            lambda session: engine.follow(session, slot=slot, cursor=cursor),
            again,
            lines_of=readable,
        )
        return
    session = opened(cli, name)
    following.show(cli, lambda at: engine.logs(session, slot=slot, cursor=at), cursor, lines_of=readable)


@click.command("rollback", cls=Verb, shows=TARGET | CONFIRM | LOCKING)
@_NAME
@pass_cli
def rollback(cli: Cli, /, name: str | None) -> None:
    """Send all traffic back to the version before. Needs the ledger alone: no spec, no git."""
    from tradewind.cli.render import endpoint as render
    from tradewind.engine import endpoints as engine

    wait = cli.lock_timeout
    if not cli.yes:
        now = engine.status(opened(cli, name))
        if cli.out.can_ask:
            cli.out.say(*render.status(now.model_copy(update={"next": ()}), cli.out.margin), "")
        confirm(cli.out, f"Send the traffic of {now.name} back to the version before?", "--yes")
    first = "Stopping as soon as the traffic is in order. Once more leaves at once."
    with Progress(cli.out) as progress, stoppable(first, _left(cli, name), cli.last_words, progress.announce) as stop:
        result = engine.rollback(opened(cli, name, report=progress, stop=stop), lock_timeout=wait)
    cli.out.result(result, lambda paper: render.rollback(result, paper))


@click.command("guard", cls=Verb, shows=TARGET)
@_NAME
@pass_cli
def guard(cli: Cli, /, name: str | None) -> None:
    """Finish or revert a rollout whose owner died, and retire what is past its time. Asks nothing: for cron and CI."""
    from tradewind.cli.render import endpoint as render
    from tradewind.engine import endpoints as engine

    with (
        Progress(cli.out) as progress,
        stoppable("Stopping.", _left(cli, name), cli.last_words, progress.announce) as stop,
    ):
        result = engine.guard(opened(cli, name, report=progress, stop=stop))
    cli.out.result(result, lambda paper: render.guard(result, paper))


def _left(cli: Cli, name: str | None) -> str:
    guard = cli.again(f"endpoint guard {name or ''}")
    return f"Left. `{guard}` puts an unfinished rollout in order."
