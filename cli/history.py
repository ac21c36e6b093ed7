"""`deploy history`."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import FORMATS, TARGET, Verb

if TYPE_CHECKING:
    from tradewind.engine.session import Session

_BY = ("each", "version", "run", "environment", "project")
_EVERY = ("environment", "project")  # these look at every environment of the spec, not at one


@click.command("history", cls=Verb, shows=TARGET, formats=(*FORMATS, "csv"))
@click.option("--limit", "-n", type=click.IntRange(min=1), help="Show this many, the newest.")
@click.option("--cost", is_flag=True, help="What was spent, estimated from the list prices that were seen; not a bill.")
@click.option("--by", metavar="GROUP", help="With --cost: version, run, environment, project, tag:NAME.  [each]")
@click.option("--since", metavar="LENGTH", help="With --cost: only this long back, as 30d.")
@pass_cli
def history(cli: Cli, /, limit: int | None, cost: bool, by: str | None, since: str | None) -> None:
    """What happened in this environment, newest first, failures with their reasons."""
    from tradewind.cli.render import costs_csv
    from tradewind.cli.render import project as render

    if not cost:
        from tradewind.engine import history as engine

        if by is not None or since is not None or cli.out.mode == "csv":
            raise click.UsageError("--by, --since and csv go with --cost")
        result = engine.entries(cli.look(), limit)
        cli.out.result(result, lambda paper: render.history(result, paper))
        return
    from tradewind.engine import spending

    if limit is not None:
        raise click.UsageError("--limit does not go with --cost: use --since")
    group, length = _group(by), _length(since)
    if group in _EVERY and cli.said.get("env") is None:
        sessions, missed = _environments(cli)
        spent = spending.of_all(sessions, group, length, missed)
    else:
        spent = spending.of(cli.look(), group, length)
    if cli.out.mode == "csv":
        cli.out.text(costs_csv.spending(spent))
        return
    cli.out.result(spent, lambda paper: render.spending(spent, paper))


def _environments(cli: Cli) -> tuple[list[Session], list[str]]:
    """A session for each environment that the spec has, and what is to be said of those that cannot be looked at.

    Raises the first of their errors where none can.
    """
    from tradewind import spec
    from tradewind.errors import ProviderError, SpecError

    sessions: list[Session] = []
    missed: list[str] = []
    first: ProviderError | SpecError | None = None
    for name in (None, *spec.environments(cli.file)):
        try:
            sessions.append(cli.for_environment(name).look())
        except (ProviderError, SpecError) as error:
            first = first or error
            missed.append(f"{name or 'default'} is not counted: {error.message}")
    if not sessions and first is not None:
        raise first
    return sessions, missed


def _group(by: str | None) -> str:
    if by is None or by in _BY or (by.startswith("tag:") and len(by) > len("tag:")):
        return by or "each"
    raise click.BadParameter(f"{by!r} is none of {', '.join(_BY)}, tag:NAME", param_hint="--by")


def _length(since: str | None) -> timedelta | None:
    from tradewind.spec.units import UnitError, duration

    try:
        return None if since is None else duration(since, positive=True)
    except UnitError as error:
        raise click.BadParameter(str(error), param_hint="--since") from None
