"""What a spec would cost on every target: a table for people, then what is lost and why not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tradewind.cli.render import costs_said as said
from tradewind.cli.render.columns import Column, table
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import Comparison, PartPrice, PriceAge, TargetDoc

_SPOT = "spot"


def comparison(it: Comparison, paper: Paper) -> list[str]:
    lines = [*_heading(it, paper), ""]
    fit = [target for target in it.targets if said.fits(target)]
    figures = list(table(_columns(it), [row for target in fit for row in _rows(target, paper)], paper)) if fit else []
    lines += [*figures, ""] if figures else []
    none = [f"{target.provider} {target.region}" for target in it.targets if not said.fits(target)]
    lines += paper.wrap(said.shown(it) + (f"; nothing fits on {said.listed(none)}" if none else ""), 0, 2)
    own = [f"{paper.sign('→')} the spec's own target"] if any(target.chosen for target in fit) else []
    lines += [
        paper.dim(line)
        for text in (*own, *said.legend(it, spot=_SPOT in "".join(figures[:1])))
        for line in paper.wrap(text, 0, 2)
    ]
    lines += [*_stops(it, paper), *_losses(it, paper), *_notes(it, paper)]
    return [*lines, "", *(paper.dim(line) for line in paper.wrap(said.footer(it)))]


def ages(prices: Sequence[PriceAge], paper: Paper) -> Iterator[str]:
    """The day of each provider's prices, and a warning where they are old."""
    if prices:
        yield from (paper.dim(line) for line in paper.wrap(said.dates(prices), 0, 2))
    if old := said.old(prices):
        yield from paper.wrap(paper.style(old, "yellow"), 0, 2)


def _heading(it: Comparison, paper: Paper) -> Iterator[str]:
    environment = "" if it.environment in ("", "default") else f" {paper.sign('·')} {it.environment}"
    yield from paper.wrap(f"{paper.bold(it.project)}{environment}  {said.asked(it)}", 0, 2)
    yield from ages(it.prices, paper)


def _columns(it: Comparison) -> tuple[Column, ...]:
    both = any(target.train and target.serve for target in it.targets)
    one = "a run" if any(target.train for target in it.targets) else "a month"
    return (
        Column(""),
        Column("target"),
        Column("to" if both else ""),
        Column("machine"),
        Column("GPUs", spare=4),
        Column("an hour", right=True, spare=1),
        Column("spot", right=True, spare=5),
        Column("run, month" if both else one, right=True),
        Column("at most", right=True, spare=3),
        Column("1,000 requests", right=True, spare=6),
        Column("million tokens", right=True, spare=6),
        Column("lost", right=True, spare=2),
    )


def _rows(it: TargetDoc, paper: Paper) -> Iterator[list[str]]:
    """One for each part; the target and what is lost stand in the first."""
    mark = "" if it.possible else paper.style(paper.sign("✗"), "red")
    name = f"{it.provider} {it.region}"
    if it.chosen:
        mark, name = paper.style(paper.sign("→"), "green", bold=True) + mark, paper.bold(name)
    lead, lost = [mark, name], str(len(it.lost) or "")
    both = it.train is not None and it.serve is not None
    for use, part in (("train", it.train), ("serve", it.serve)):
        if part is not None:
            yield [*lead, use if both else "", *_figures(part, paper), lost]
            lead, lost = ["", ""], ""


def _figures(it: PartPrice, paper: Paper) -> list[str]:
    likely, most = said.total(it.amount), said.most(it)
    return [
        said.machine(it),
        said.cards(it),
        _seen(said.price(it.hour), paper),
        said.price(it.spot) if it.spot else "",
        _seen(likely, paper) + ("" if likely.endswith(said.MORE) else " "),  # the mark stands beside the column
        most + ("" if most.endswith(said.MORE) else " "),
        said.amount(it.thousand_requests) if it.thousand_requests else "",
        said.amount(it.million_tokens) if it.million_tokens else "",
    ]


def _seen(text: str, paper: Paper) -> str:
    return paper.style(text, "yellow") if text == said.UNKNOWN else text


def _stops(it: Comparison, paper: Paper) -> Iterator[str]:
    found = said.stops(it)
    if found:
        yield from ("", paper.style("Why not", "red", bold=True))
    for reason, names in found.items():
        yield from paper.wrap(f"{paper.bold(', '.join(names))}: {reason}", 2, 4)


def _losses(it: Comparison, paper: Paper) -> Iterator[str]:
    found = said.losses(it)
    if found:
        yield from ("", paper.bold("Lost"))
    for loss, names in found.items():
        yield from paper.wrap(
            f"{paper.bold(names)}: {paper.style(loss.path, 'yellow')}: {said.lost(loss, paper)}", 2, 4
        )


def _notes(it: Comparison, paper: Paper) -> Iterator[str]:
    found = said.notes(it)
    if found:
        yield from ("", paper.bold("Note"))
    for note, names in found.items():
        yield from paper.wrap(f"{names}: {note}" if names else note, 2, 4)
