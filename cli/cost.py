"""`deploy cost ...`: what a spec would cost, and the prices. No login, no SDK, nothing is called."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.groups import LazyGroup
from tradewind.cli.options import REPORTS, TARGET, Verb
from tradewind.cli.verbs import COST

if TYPE_CHECKING:
    from tradewind.engine.compare import Sort
    from tradewind.engine.results import Comparison

_SORTS = ("total", "run", "month", "train", "serve", "provider", "region")  # of engine.compare, which is loaded later
_OFFLINE = TARGET - {"sandbox"}


@click.group("cost", cls=LazyGroup, entries=COST)
def cost() -> None:
    """What it would cost, on every cloud, before anything is spent."""


@click.command("compare", cls=Verb, shows=_OFFLINE, formats=REPORTS)
@click.option(
    "--regions",
    metavar="NAMES",
    multiple=True,
    help="all, names or globs, with commas: us-east-1,eu*.  [where a plan would go]",
)
@click.option("--gpu", metavar="CARD", help="On this card, instead of those that the spec asks for.")
@click.option("--sort", type=click.Choice(_SORTS), default="total", help="What comes first.  [total]")
@click.option("--top", type=click.IntRange(min=1), help="Only so many targets.")
@pass_cli
def compare(cli: Cli, /, regions: tuple[str, ...], gpu: str | None, sort: Sort, top: int | None) -> None:
    """What one training run and a month of serving would cost on every cloud, with what is lost there.

    The cheapest comes first; the spec's own target is marked. --provider keeps to one cloud. Nothing is called, and only the
    spec is read.
    """
    from tradewind.engine import compare as engine

    question = engine.Question(
        regions=tuple(name for said in regions for name in said.split(",") if name),
        provider=cli.said.said.get("provider") or "",  # a provider of the environment is the spec's, no filter
        gpu=gpu or "",
        sort=sort,
        top=top or 0,
    )
    _answer(cli, engine.compare(cli.work(), question, today()))


def today() -> date:
    return datetime.now(UTC).date()


def _answer(cli: Cli, found: Comparison) -> None:
    from tradewind.cli.render import costs as render

    cli.out.result(found, lambda paper: render.comparison(found, paper))
