"""A comparison as one page that asks for nothing else: a chart, a table that sorts and filters, and all that is said under it.

The chart is a table that Charts.css draws, so it needs no script and a screen reader is spared nothing; without a script the
page says the same, only it does not sort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from html import escape
from importlib.resources import files
from itertools import groupby
from typing import NamedTuple

from tradewind.cli.render import costs_said as said
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import Amount, Comparison, PartPrice, TargetDoc

_PLAIN = Paper(width=10_000)
# Nothing is loaded, and what a spec or a price file says cannot run: no inline handler, one script of ours.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
)


class _Cell(NamedTuple):
    """`value` is what the column sorts by, "" where nothing is known."""

    title: str
    html: Callable[[TargetDoc], str]
    value: Callable[[TargetDoc], str]
    number: bool = False
    group: str = ""  # columns that stand under one title


def page(it: Comparison) -> str:
    title = escape(f"What {it.project} would cost")
    head = (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="generator" content="tradewind">\n'
        f"<title>{title}</title>\n<style>\n{_charts()}\n{_asset('page.css')}</style>\n</head>\n"
    )
    body = "\n".join((*_heading(it, title), *_chart(it), *_table(it), *_below(it)))
    return f"{head}<body>\n<main>\n{body}\n</main>\n<script>\n{_asset('page.js')}</script>\n</body>\n</html>\n"


def _asset(name: str) -> str:
    return (files("tradewind.cli.render") / "page" / name).read_text(encoding="utf-8")


def _charts() -> str:
    """With its licence, which goes wherever a copy of it goes."""
    licence = _asset("charts.LICENSE").strip()
    return f"/* Charts.css, chartscss.org\n{licence}\n*/\n{_asset('charts.min.css')}"


def _heading(it: Comparison, title: str) -> Iterator[str]:
    yield f"<header>\n<h1>{title}</h1>"
    environment = "" if it.environment in ("", "default") else f"Environment {escape(it.environment)}: "
    yield f"<p>{environment}{escape(said.sentence(said.asked(it)))}.</p>"
    if it.prices:
        yield f'<p class="quiet">{escape(said.dates(it.prices))}.</p>'
    if old := said.old(it.prices):
        yield f'<p class="warning" role="note">{_code(old)}</p>'
    yield "</header>"


# ---- the chart


def _chart(it: Comparison) -> Iterator[str]:
    bars = [target for target in it.targets if target.total.expected is not None and target.total.currency == "USD"]
    most = max((Decimal(repr(target.total.expected)) for target in bars), default=Decimal(0))
    if not most:
        return
    uses = [use for use in ("train", "serve") if any(getattr(target, use) for target in bars)]
    what = {"train": "a run", "serve": "a month of serving"}
    yield "<figure>\n<figcaption><span>US dollars, as expected:</span>"
    yield from (f'<span class="key" style="--key: var(--{use})">{what[use]}</span>' for use in uses)
    yield "</figcaption>"
    yield (
        '<table id="chart" class="charts-css bar multiple stacked show-labels show-primary-axis data-spacing-3">\n'
        '<caption class="hidden-text">What each target costs, as a chart</caption>\n<thead class="hidden-text"><tr>'
        '<th scope="col">target</th>'
        + "".join(f'<th scope="col">{what[use]}</th>' for use in uses)
        + '<th scope="col">together</th></tr></thead>\n<tbody>'
    )
    room = most * Decimal("1.18")  # to the right of the longest bar stands its figure
    for target in bars:
        yield _bar(target, uses, room)
    yield "</tbody>\n</table>\n</figure>"


def _bar(it: TargetDoc, uses: Sequence[str], room: Decimal) -> str:
    cells, used = [], Decimal(0)
    for use in uses:
        part: PartPrice | None = getattr(it, use)
        value = Decimal(repr(part.amount.expected)) if part and part.amount.expected is not None else Decimal(0)
        used += value
        text = said.amount(part.amount) if part else ""
        cells.append(
            f'<td class="{use}" style="--size: {value / room:.5f}"><span class="hidden-text">{text}</span></td>'
        )
    figure = escape(said.total(it.total))
    rest = f'<td class="rest" style="--size: {1 - used / room:.5f}"><span class="data">{figure}</span></td>'
    chosen = ' class="chosen"' if it.chosen else ""
    return f'<tr{chosen} data-target="{_id(it)}"><th scope="row">{escape(_name(it))}</th>{"".join(cells)}{rest}</tr>'


# ---- the table


def _table(it: Comparison) -> Iterator[str]:
    yield "<h2>Every target</h2>"
    yield from _controls(it)
    cells = [cell for cell in _cells(it) if any(cell.html(target) for target in it.targets)]
    yield '<div class="scroll" role="region" aria-label="Every target" tabindex="0">\n<table id="targets">'
    yield f"<caption>{escape(said.sentence(said.shown(it)))}.</caption>\n<thead>"
    yield from _groups(cells)
    yield "<tr>" + "".join(_head(cells, index) for index in range(len(cells))) + "</tr>\n</thead>\n<tbody>"
    for target in it.targets:
        chosen = ' class="chosen"' if target.chosen else ""
        possible = "yes" if target.possible else "no"
        yield (
            f'<tr{chosen} data-target="{_id(target)}" data-provider="{escape(target.provider)}" data-possible="{possible}">'
            + "".join(_body(cells, index, target) for index in range(len(cells)))
            + "</tr>"
        )
    yield "</tbody>\n</table>\n</div>"
    yield from (f'<p class="quiet">{escape(line)}</p>' for line in said.legend(it))


def _controls(it: Comparison) -> Iterator[str]:
    yield '<div class="controls" id="controls" hidden>'
    yield '<label>Find <input type="search" id="search" placeholder="us-east, H100, ..." autocomplete="off"></label>'
    for name, title in dict.fromkeys((target.provider, target.title) for target in it.targets):
        yield f'<label><input type="checkbox" name="provider" value="{escape(name)}" checked> {escape(title)}</label>'
    yield '<label><input type="checkbox" id="possible"> only what can run as it is</label>'
    yield '<span class="quiet" id="count" role="status"></span>\n</div>'


def _groups(cells: Sequence[_Cell]) -> Iterator[str]:
    yield "<tr>"
    for group, some in groupby(cells, key=lambda cell: cell.group):
        span = f'colspan="{len(list(some))}"'
        yield f'<th scope="colgroup" {span} class="begin">{group}</th>' if group else f"<td {span}></td>"
    yield "</tr>"


def _head(cells: Sequence[_Cell], index: int) -> str:
    button = f'<button type="button">{cells[index].title}</button>'
    return f'<th scope="col" data-column="{index}"{_class(cells, index)}>{button}</th>'


def _body(cells: Sequence[_Cell], index: int, target: TargetDoc) -> str:
    cell, (tag, scope) = cells[index], ("th", ' scope="row"') if index == 0 else ("td", "")
    value = escape(cell.value(target))
    return f'<{tag}{scope}{_class(cells, index)} data-value="{value}">{cell.html(target)}</{tag}>'


def _class(cells: Sequence[_Cell], index: int) -> str:
    begins = index > 0 and cells[index].group != cells[index - 1].group
    names = " ".join(name for name, is_so in (("number", cells[index].number), ("begin", begins)) if is_so)
    return f' class="{names}"' if names else ""


def _cells(it: Comparison) -> Iterator[_Cell]:
    train, serve = (any(getattr(target, use) for target in it.targets) for use in ("train", "serve"))
    yield _Cell("target", _named, _name)
    if train:
        yield from _of_part("train", "a run")
    if serve:
        yield from _of_part("serve", "a month")
    if train and serve:
        yield _Cell("together", _total, lambda t: _number(t.total.expected), number=True)
    yield _Cell("lost", _lost, lambda t: str(len(t.lost)), number=True)


def _of_part(use: str, amount: str) -> Iterator[_Cell]:
    def of(target: TargetDoc) -> PartPrice | None:
        found: PartPrice | None = getattr(target, use)
        return found

    def text(show: Callable[[PartPrice], str]) -> Callable[[TargetDoc], str]:
        return lambda target: _shown(show(part)) if (part := of(target)) and part.machine else ""

    def value(show: Callable[[PartPrice], float | None]) -> Callable[[TargetDoc], str]:
        return lambda target: _number(show(part)) if (part := of(target)) and part.machine else ""

    group = "to train" if use == "train" else "to serve"
    yield _Cell("machine", text(said.machine), text(said.machine), group=group)
    yield _Cell("GPUs", text(said.cards), text(said.cards), group=group)
    yield _Cell("an hour", text(lambda p: said.price(p.hour)), value(lambda p: p.hour.amount), number=True, group=group)
    if use == "train":
        yield _Cell(
            "spot",
            text(lambda p: said.price(p.spot) if p.spot else ""),
            value(lambda p: p.spot.amount if p.spot else None),
            number=True,
            group=group,
        )
    yield _Cell(
        amount, text(lambda p: said.total(p.amount)), value(lambda p: p.amount.expected), number=True, group=group
    )
    if use == "serve":
        for title, unit in (("1,000 requests", "thousand_requests"), ("million tokens", "million_tokens")):
            yield _Cell(
                title, text(partial(_of_unit, unit)), value(partial(_number_of, unit)), number=True, group=group
            )
    yield _Cell("at most", text(said.most), value(lambda p: p.amount.high), number=True, group=group)


def _of_unit(unit: str, it: PartPrice) -> str:
    found: Amount | None = getattr(it, unit)
    return said.amount(found) if found else ""


def _number_of(unit: str, it: PartPrice) -> float | None:
    found: Amount | None = getattr(it, unit)
    return found.expected if found else None


def _named(it: TargetDoc) -> str:
    badges = ""
    if it.chosen:
        badges += '<span class="badge good">the spec’s own</span>'
    if not it.possible:
        badges += f'<span class="badge bad" title="{escape("; ".join(it.why_not))}">not as it is</span>'
    return escape(_name(it)) + badges


def _total(it: TargetDoc) -> str:
    return _shown(said.total(it.total))


def _lost(it: TargetDoc) -> str:
    paths = "; ".join(loss.path for loss in it.lost)
    return f'<span title="{escape(paths)}">{len(it.lost)}</span>' if it.lost else "0"


def _shown(text: str) -> str:
    return f'<span class="unknown">{text}</span>' if text == said.UNKNOWN else escape(text)


def _number(value: float | None) -> str:
    return "" if value is None else f"{Decimal(repr(value)):f}"


def _name(it: TargetDoc) -> str:
    return f"{it.provider} {it.region}"


def _id(it: TargetDoc) -> str:
    return escape(f"{it.provider}/{it.region}")


# ---- under it


def _below(it: Comparison) -> Iterator[str]:
    sections = (
        ("Lost", [(names, f"{loss.path}: {said.lost(loss, _PLAIN)}") for loss, names in said.losses(it).items()]),
        ("Why not", [(", ".join(names), reason) for reason, names in said.stops(it).items()]),
        ("Notes", [(names, note) for note, names in said.notes(it).items()]),
        ("Prices from", [("", source) for source in said.sources(it)]),
    )
    for title, items in sections:
        if items:
            yield f'<h2>{title}</h2>\n<ul class="said">'
            yield from (
                f"<li>{f'<strong>{escape(lead)}</strong>: ' if lead else ''}{_code(text)}</li>" for lead, text in items
            )
            yield "</ul>"
    yield f'<p class="quiet">{escape(said.footer(it))}</p>'


def _code(text: str) -> str:
    """What stands between backticks, as code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
