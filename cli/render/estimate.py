"""An estimate, line by line: what, how much of it, at what price, from low to high; and where each price is from."""

from __future__ import annotations

from collections.abc import Iterator

from tradewind.cli.render import costs, pieces
from tradewind.cli.render import costs_said as said
from tradewind.cli.render.columns import Column, table
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import Amount, CostEstimate, CostLine

_OF = {"run": "a run", "month": "a month", "rollout": "a rollout"}
_COLUMNS = (
    Column(""),
    Column("what"),
    Column("how much", right=True, spare=4),
    Column("at", right=True, spare=3),
    Column("low", right=True, spare=1),
    Column("expected", right=True),
    Column("high", right=True),
    Column("", spare=2),
)


def estimate(it: CostEstimate, paper: Paper) -> list[str]:
    where = f" ({it.region})" if it.region else ""
    environment = "" if it.environment in ("", "default") else f" {paper.sign('·')} {it.environment}"
    lines = paper.wrap(f"{paper.bold(it.project)}{environment} on {pieces.within(it.title)}{where}")
    lines += [*costs.ages(it.prices, paper), ""]
    sources: dict[str, int] = {}
    rows = [row for of in _OF for row in _rows(it, of, sources, paper)]
    lines += table(_COLUMNS, rows, paper) if rows else paper.wrap(_nothing(it))
    for name, amount in (("1,000 requests", it.cost.thousand_requests), ("a million tokens", it.cost.million_tokens)):
        if amount is not None:
            lines += ["", *paper.wrap(f"{name}: {amount.text}")]
    for title, found, color in (
        ("Not known", _unknown(it), "yellow"),
        ("Why not", it.why_not, "red"),
        ("Note", it.notes, None),
    ):
        if found:
            lines += ["", paper.style(title, color, bold=True)]
            lines += [line for text in found for line in paper.wrap(text, 2, 4)]
    if sources:
        lines += ["", paper.bold("Prices from")]
        lines += [line for text, number in sources.items() for line in paper.wrap(f"[{number}] {text}", 2, 6)]
    if it.cost.left_out:
        left = ", ".join(it.cost.left_out[:-1]) + f" or {it.cost.left_out[-1]}"
        lines += ["", *(paper.dim(line) for line in paper.wrap(f"No amount holds {left}."))]
    return lines


def _nothing(it: CostEstimate) -> str:
    amounts = (it.cost.run, it.cost.month)
    free = all(amount is None or amount.high == 0 for amount in amounts)
    return "nothing is to be paid" if free and any(amounts) else "no price is known"


def _unknown(it: CostEstimate) -> tuple[str, ...]:
    """What the figures do not hold, and why, where no reason to stop says it."""
    amounts = (it.cost.run, it.cost.month, it.cost.rollout)
    names = dict.fromkeys(name for amount in amounts if amount for name in amount.unknown)
    return tuple(name for name in names if it.cost.lines and not any(name in why for why in it.why_not))


def _rows(it: CostEstimate, of: str, sources: dict[str, int], paper: Paper) -> Iterator[list[str]]:
    lines = [line for line in it.cost.lines if line.of == of]
    amount: Amount | None = getattr(it.cost, of)
    name = _OF[of]
    for line in lines:
        yield [paper.bold(name), *_line(line, sources, paper)]
        name = ""
    if len(lines) > 1 and amount is not None:
        more = said.MORE if amount.unknown and amount.expected is not None else ""
        figures = [said.amount(amount, value) for value in (amount.low, amount.expected, amount.high)]
        yield ["", paper.bold("together"), "", "", *(paper.bold(text + more) for text in figures), ""]


def _line(it: CostLine, sources: dict[str, int], paper: Paper) -> list[str]:
    currency = it.price.currency
    figures = [said.UNKNOWN if v is None else said.figure(v, currency) for v in (it.low, it.expected, it.high)]
    shown = [paper.style(text, "yellow") if text == said.UNKNOWN else text for text in figures]
    at = "" if it.price.amount is None else f"{said.price(it.price)}/{it.unit.removeprefix('machine-')}"
    return [it.what, f"{_quantity(it)} {it.unit}s", at, *shown, paper.dim(_source(it, sources))]


def _quantity(it: CostLine) -> str:
    low, high = (f"{value:.0f}" if value >= 1000 else f"{value:.4g}" for value in (it.quantity_low, it.quantity_high))
    return low if low == high else f"{low} to {high}"


def _source(it: CostLine, sources: dict[str, int]) -> str:
    if it.price.amount is None:
        return ""  # why not stands below
    computed = f" (computed{': ' if it.rule else ''}{it.rule})" if it.price.derived else ""
    said = f"{it.price.source}, {it.price.date}{computed}"
    return f"[{sources.setdefault(said, len(sources) + 1)}]"
