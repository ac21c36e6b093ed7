"""Comparisons, estimates and prices as CSV: one header, figures as they are, an empty cell where nothing is known."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from tradewind.engine.results import Comparison, CostEstimate, PartPrice, PriceList, Spending, TargetDoc

# The headers, which stand there where no row does, too.
_LINE = (
    "of", "part", "what", "unit", "quantity_low", "quantity_expected", "quantity_high", "price", "price_low",
    "price_high", "low", "expected", "high", "currency", "computed", "source", "date", "why_unknown",
)  # fmt: skip
_SPENT = (
    "name", "hours_low", "hours_high", "low", "high", "currency", "unknown", "what",
)  # fmt: skip
_PRICE = (
    "provider", "region", "use", "machine", "cpus", "memory_gib", "gpu", "gpus", "hour", "spot", "currency",
    "computed", "rule", "source", "date",
)  # fmt: skip


def comparison(it: Comparison) -> str:
    """A row a target, in the order of the table."""
    return _text(_target(target) for target in it.targets)


def estimate(it: CostEstimate) -> str:
    """A row a line of the run, the month and the rollout."""
    return _text(
        ({
            "of": line.of, "part": line.part, "what": line.what, "unit": line.unit,
            "quantity_low": line.quantity_low, "quantity_expected": line.quantity_expected,
            "quantity_high": line.quantity_high, "price": line.price.amount, "price_low": line.price_low,
            "price_high": line.price_high, "low": line.low, "expected": line.expected, "high": line.high,
            "currency": line.price.currency, "computed": line.price.derived, "source": line.price.source,
            "date": line.price.date, "why_unknown": line.why,
        } for line in it.cost.lines),
        _LINE,
    )  # fmt: skip


def spending(it: Spending) -> str:
    """A row a group; the totals are left to the reader's sum."""
    return _text(
        ({
            "name": row.name, "hours_low": row.hours_low, "hours_high": row.hours_high, "low": row.amount.low,
            "high": row.amount.high, "currency": row.amount.currency, "unknown": "; ".join(row.amount.unknown),
            "what": it.label,
        } for row in it.rows),
        _SPENT,
    )  # fmt: skip


def prices(it: PriceList) -> str:
    """A row a price."""
    return _text(
        ({
            "provider": row.provider, "region": row.region, "use": row.use, "machine": row.machine.id,
            "cpus": row.machine.cpus, "memory_gib": row.machine.memory_gib, "gpu": row.machine.gpu,
            "gpus": row.machine.gpus, "hour": row.price.amount, "spot": row.spot.amount if row.spot else None,
            "currency": row.price.currency, "computed": row.price.derived, "rule": row.rule, "source": row.price.source,
            "date": row.price.date,
        } for row in it.rows),
        _PRICE,
    )  # fmt: skip


def _target(it: TargetDoc) -> Mapping[str, Any]:
    return {
        "provider": it.provider, "region": it.region, "chosen": it.chosen, "possible": it.possible,
        **_part("train", "run", it.train), "train_spot": it.train.spot.amount if it.train and it.train.spot else None,
        **_part("serve", "month", it.serve),
        "thousand_requests": it.serve.thousand_requests.expected if it.serve and it.serve.thousand_requests else None,
        "million_tokens": it.serve.million_tokens.expected if it.serve and it.serve.million_tokens else None,
        "total_expected": it.total.expected, "lost": "; ".join(loss.path for loss in it.lost),
        "why_not": "; ".join(it.why_not),
    }  # fmt: skip


def _part(use: str, of: str, it: PartPrice | None) -> Mapping[str, Any]:
    machine = it.machine if it else None
    return {
        f"{use}_machine": machine.id if machine else None,
        f"{use}_count": it.count if it else None,
        f"{use}_gpu": machine.gpu if machine else None,
        f"{use}_gpus": machine.gpus if machine else None,
        f"{use}_hour": it.hour.amount if it else None,
        f"{use}_computed": it.each.derived if it else None,
        f"{use}_source": it.each.source if it else None,
        f"{use}_date": it.each.date if it else None,
        f"{of}_low": it.amount.low if it else None,
        f"{of}_expected": it.amount.expected if it else None,
        f"{of}_high": it.amount.high if it else None,
        f"{of}_currency": it.amount.currency if it else None,
        f"{of}_unknown": "; ".join(it.amount.unknown) if it else None,
    }


def _text(rows: Iterable[Mapping[str, Any]], names: Sequence[str] = ()) -> str:
    """`names`: the header, where there may be no row."""
    made = list(rows)
    out = io.StringIO()
    writer = csv.DictWriter(out, fieldnames=names or list(made[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in made)
    return out.getvalue()


def _cell(value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{Decimal(repr(value)):f}"  # no exponent
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"  # a spreadsheet takes it for text, and no formula
    return value
