"""`deploy history`."""

from __future__ import annotations

from datetime import timedelta

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.options import FORMATS, TARGET, Verb

_BY = ("each", "version", "run", "environment")


@click.command("history", cls=Verb, shows=TARGET, formats=(*FORMATS, "csv"))
@click.option("--limit", "-n", type=click.IntRange(min=1), help="Show this many, the newest.")
@click.option("--cost", is_flag=True, help="What was spent, estimated from the list prices that were seen; not a bill.")
@click.option("--by", metavar="GROUP", help="With --cost: version, run, environment, tag:NAME.  [each]")
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
    spent = spending.of(cli.look(), group, length)
    if cli.out.mode == "csv":
        cli.out.text(costs_csv.spending(spent))
        return
    cli.out.result(spent, lambda paper: render.spending(spent, paper))


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
