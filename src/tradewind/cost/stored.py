"""Prices as a file: one JSON a service, compact, each origin (source, date, rule) written once.

    {"service": "sagemaker", "date": "2026-09-27", "spot_uses": ["train"], "origins": [[source, date, rule], ...],
     "prices": {"us-east-1": {"train": [[type, amount, origin], [type, amount, origin, spot, origin, low, high], ...]}}}

`date` is the newest of its origins'. `"train serve"` names two uses that one list is the price of; `vm` is the bare machine,
which no service offers. Rows are cheapest first, ties by type. Amounts are text: they become decimals when asked for.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from tradewind.machines.instance import Use

FORMAT = 1
_Amount = Decimal | None
Said = tuple[Decimal, str, str, str, _Amount, _Amount, _Amount, str, str, str]


@dataclass(frozen=True)
class Price:
    """A quote before it is anybody's: what a file says of one machine type in one region. US dollars an hour."""

    region: str
    uses: str  # "train", "serve", "train serve" or "vm"
    instance: str
    amount: Decimal
    source: str
    date: str  # YYYY-MM-DD
    rule: str = ""
    spot: Decimal | None = None
    spot_low: Decimal | None = None
    spot_high: Decimal | None = None
    spot_source: str = ""
    spot_date: str = ""
    spot_rule: str = ""


@dataclass(frozen=True)
class Shelf:
    """One service's prices, as its file has them."""

    service: str
    date: str
    spot_uses: frozenset[str]
    origins: Sequence[Sequence[str]]
    prices: Mapping[str, Mapping[str, Sequence[Sequence[Any]]]]

    def rows(self, region: str, use: Use | str) -> Sequence[Sequence[Any]]:
        """Cheapest first; none where the region or the use is not known."""
        uses = self.prices.get(region, {})
        return next((rows for named, rows in uses.items() if use in named.split()), ())

    def said(self, use: Use | str, row: Sequence[Any]) -> Said:
        """What a row says for that use: amount, source, date, rule, spot, its low and high, source, date and rule."""
        source, date, rule = self.origins[row[2]]
        if len(row) < 4 or use not in self.spot_uses:
            return Decimal(row[1]), source, date, rule, None, None, None, "", "", ""
        spot_source, spot_date, spot_rule = self.origins[row[4]]
        low, high = (Decimal(row[5]), Decimal(row[6])) if len(row) > 5 else (None, None)
        return Decimal(row[1]), source, date, rule, Decimal(row[3]), low, high, spot_source, spot_date, spot_rule


def parse(text: str | bytes) -> Shelf:
    """Raises ValueError for what is no such file, or one of a later format."""
    said = json.loads(text)
    try:
        if said["format"] != FORMAT:
            raise ValueError(f"prices in format {said['format']}, and this version reads {FORMAT}")
        return Shelf(said["service"], said["date"], frozenset(said["spot_uses"]), said["origins"], said["prices"])
    except (KeyError, TypeError) as e:
        raise ValueError(f"no price file: {e!r}") from e


def read(file: Path) -> Shelf:
    """Raises OSError, and ValueError as `parse` does."""
    return parse(file.read_bytes())


def text(service: str, prices: Iterable[Price], spot_uses: Iterable[str] = ()) -> str:
    """The same bytes for the same prices, in whatever order they come. Raises ValueError where a key comes twice."""
    ordered = sorted(prices, key=lambda p: (p.region, p.uses, p.amount, p.instance))
    keys = [(p.region, p.uses, p.instance) for p in ordered]
    if len(set(keys)) != len(keys):
        raise ValueError(f"{service}: a price comes twice")
    origins = sorted({origin for p in ordered for origin in _origins(p)})
    number = {origin: index for index, origin in enumerate(origins)}
    regions: dict[str, dict[str, list[str]]] = {}
    for p in ordered:
        regions.setdefault(p.region, {}).setdefault(p.uses, []).append(
            json.dumps(_row(p, number), separators=(",", ":"))
        )
    head = {
        "format": FORMAT,
        "service": service,
        "date": max((origin[1] for origin in origins), default=""),
        "spot_uses": sorted(spot_uses),
    }
    body = ",\n".join(
        f"{json.dumps(region)}:{{{','.join(_uses(uses))}}}" for region, uses in regions.items()
    )  # a region a line of rows: a diff shows what changed
    listed = ",\n".join(json.dumps(origin, ensure_ascii=False) for origin in origins)
    return f'{json.dumps(head)[:-1]},\n"origins":[\n{listed}],\n"prices":{{\n{body}}}}}\n'


def _uses(uses: Mapping[str, Sequence[str]]) -> Iterable[str]:
    for use, rows in uses.items():
        joined = ",\n".join(rows)
        yield f"{json.dumps(use)}:[\n{joined}]"


def _origins(p: Price) -> Iterable[tuple[str, str, str]]:
    yield p.source, p.date, p.rule
    if p.spot is not None:
        yield p.spot_source, p.spot_date, p.spot_rule


def _row(p: Price, number: Mapping[tuple[str, str, str], int]) -> list[Any]:
    row: list[Any] = [p.instance, _plain(p.amount), number[p.source, p.date, p.rule]]
    if p.spot is None:
        return row
    row += [_plain(p.spot), number[p.spot_source, p.spot_date, p.spot_rule]]
    if p.spot_low is not None and p.spot_high is not None:
        row += [_plain(p.spot_low), _plain(p.spot_high)]
    return row


def _plain(amount: Decimal) -> str:
    """Exactly, without an exponent or trailing zeros."""
    digits = f"{amount:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits
