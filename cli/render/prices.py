"""The prices of machines, cheapest first."""

from __future__ import annotations

from tradewind.cli.render import costs, pieces
from tradewind.cli.render import costs_said as said
from tradewind.cli.render.columns import Column, table
from tradewind.cli.render.paper import Paper
from tradewind.engine.results import PriceList, PriceRow

_COLUMNS = (
    Column("where"),
    Column("to"),
    Column("machine"),
    Column("CPUs", right=True, spare=2),
    Column("GiB", right=True, spare=3),
    Column("GPUs"),
    Column("an hour", right=True),
    Column("spot", right=True, spare=1),
    Column("of", spare=4),
)


def prices(it: PriceList, paper: Paper) -> list[str]:
    lines = list(costs.ages(it.prices, paper))
    if it.rows:
        lines += ["", *table(_COLUMNS, [_row(row, paper) for row in it.rows], paper)]
    found = f"shown {len(it.rows)} of {it.of}, cheapest first" if it.rows else "no price of such a machine is known"
    lines += ["", *paper.wrap(found)]
    if any(row.price.derived or (row.spot and row.spot.derived) for row in it.rows):
        lines.append(paper.dim(f"{said.COMPUTED} computed from other prices"))
    if not all(row.portable for row in it.rows):
        lines.append(paper.dim("* not portable: code must be written for it"))
    return lines


def _row(it: PriceRow, paper: Paper) -> list[str]:
    card = f"{it.machine.gpus} x {it.machine.gpu}" if it.machine.gpu else ""
    return [
        f"{it.provider} {it.region}",
        it.use,
        it.machine.id,
        pieces.number(it.machine.cpus) if it.machine.cpus is not None else "",
        pieces.number(it.machine.memory_gib) if it.machine.memory_gib is not None else "",
        card + ("" if it.portable else paper.style("*", "yellow")),
        said.price(it.price),
        said.price(it.spot) if it.spot else "",
        it.price.date,
    ]
