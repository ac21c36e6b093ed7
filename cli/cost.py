"""`deploy cost ...`: what a spec would cost, and the prices. No login, no SDK, nothing is called."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import click

from tradewind.cli.context import Cli, pass_cli
from tradewind.cli.groups import LazyGroup
from tradewind.cli.options import FORMATS, REPORTS, TARGET, Verb
from tradewind.cli.verbs import COST

if TYPE_CHECKING:
    from tradewind.engine.results import Comparison
    from tradewind.engine.target_rows import Sort
    from tradewind.machines.instance import Use

_SORTS = (
    "total",
    "run",
    "month",
    "train",
    "serve",
    "provider",
    "region",
)  # of engine.target_rows, which is loaded later
_TABLES = (*FORMATS, "csv")
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
        regions=_names(regions),
        provider=cli.said.said.get("provider") or "",  # a provider of the environment is the spec's, no filter
        gpu=gpu or "",
        sort=sort,
        top=top or 0,
    )
    _answer(cli, engine.compare(cli.work(everywhere=True), question, today()))


@click.command("estimate", cls=Verb, shows=_OFFLINE, formats=_TABLES)
@pass_cli
def estimate(cli: Cli, /) -> None:
    """What it costs on the spec's own provider: a run, a month, a rollout, line by line.

    Every line has its lowest, expected and highest case, and the price with its source and day. Nothing is called, and only the
    spec is read.
    """
    from tradewind.cli.render import costs_csv
    from tradewind.cli.render import estimate as render
    from tradewind.engine import estimating

    found = estimating.estimate(cli.work(everywhere=True), today())
    if cli.out.mode == "csv":
        cli.out.text(costs_csv.estimate(found))
        return
    cli.out.result(found, lambda paper: render.estimate(found, paper))


@click.command("prices", cls=Verb, shows=frozenset({"file", "provider", "env", "region"}), formats=_TABLES)
@click.option("--gpu", metavar="CARD", help="Machines with this card: H100, L4, TRAINIUM, ...")
@click.option("--machine", metavar="GLOB", help="Machine types of that name: 'ml.g5.*'.")
@click.option("--use", type=click.Choice(["train", "serve"]), help="For training, or for serving.")
@click.option("--top", type=click.IntRange(min=0), default=40, help="Only so many; 0: every one.  [40]")
@pass_cli
def prices(cli: Cli, /, gpu: str | None, machine: str | None, use: Use | None, top: int) -> None:
    """Browse the prices of machines, cheapest first. --region takes names and globs, with commas: 'eu*,us-east-1'.

    Where there is a deploy.yaml, its `prices:` (your discounts, your own price file) are what is shown.
    """
    from tradewind.cli.render import costs_csv
    from tradewind.cli.render import prices as render
    from tradewind.engine import browsing

    asked = browsing.Filter(
        provider=cli.said.get("provider") or "",
        regions=_names((cli.said.get("region") or "",)),
        gpu=gpu or "",
        machine=machine or "",
        use=use,
        top=top,
    )
    found = browsing.prices(cli.book(), asked, today())
    if cli.out.mode == "csv":
        cli.out.text(costs_csv.prices(found))
        return
    cli.out.result(found, lambda paper: render.prices(found, paper))


def today() -> date:
    return datetime.now(UTC).date()


def _names(said: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(name.strip() for each in said for name in each.split(",") if name.strip())


def _answer(cli: Cli, found: Comparison) -> None:
    """Each form is imported where it is asked for."""
    if cli.out.mode == "csv":
        from tradewind.cli.render import costs_csv

        cli.out.text(costs_csv.comparison(found))
    elif cli.out.mode == "markdown":
        from tradewind.cli.render import costs_markdown

        cli.out.text(costs_markdown.comment(found))
    elif cli.out.mode == "html":
        from tradewind.cli.render import costs_html

        cli.out.text(costs_html.page(found))
    else:
        from tradewind.cli.render import costs

        cli.out.result(found, lambda paper: costs.comparison(found, paper))
