"""The table of docs/prices.md: `python -m tradewind.cost.build.coverage docs/prices.md` writes it, a test compares it."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from tradewind.cost.catalogue import USES, Catalogue
from tradewind.cost.quote import Quote
from tradewind.machines import facts
from tradewind.machines.instance import Service

BEGIN, END = "<!-- coverage: python -m tradewind.cost.build.coverage docs/prices.md -->", "<!-- coverage ends -->"


def table(catalogue: Catalogue) -> str:
    """Service x region: how many machine types have a price, read or by rule, how many a spot price, and of when they are."""
    lines = [
        "| service | region | train: read | by rule | serve: read | by rule | with spot | dates |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for service in facts.services():
        lines += [_line(catalogue, service, region) for region in catalogue.regions(service)]
        lines.append(_sum(catalogue, service))
    return "\n".join(lines)


def _line(catalogue: Catalogue, service: Service, region: str) -> str:
    quotes = [quote for use in USES for quote in catalogue.quotes(service, use, region) if _taken(quote)]
    return f"| {service} | {region} | {_counts(quotes)} | {_dates(quotes)} |"


def _sum(catalogue: Catalogue, service: Service) -> str:
    quotes = [quote for quote in catalogue.every() if quote.service == service and _taken(quote)]
    return f"| **{service}** | **{len(catalogue.regions(service))} regions** | {_counts(quotes)} | {_dates(quotes)} |"


def _taken(quote: Quote) -> bool:
    """Azure ML's price is the machine's, whatever the service takes it for."""
    known = facts.find(quote.service, quote.instance)
    return known is not None and quote.use in known.uses


def _counts(quotes: Iterable[Quote]) -> str:
    found: Counter[tuple[str, bool]] = Counter()
    spot = 0
    for quote in quotes:
        found[quote.use, bool(quote.rule)] += 1
        spot += quote.spot is not None
    return " | ".join([*(str(found[use, by_rule]) for use in USES for by_rule in (False, True)), str(spot)])


def _dates(quotes: Iterable[Quote]) -> str:
    dates = sorted({quote.date for quote in quotes})
    return dates[0] if len(dates) == 1 else f"{dates[0]} to {dates[-1]}"


def filled(page: str, catalogue: Catalogue) -> str:
    """The page with the table as it is now. Raises ValueError where the page has no place for it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} ... {END} in the page")
    return f"{before}{BEGIN}\n{table(catalogue)}\n{END}{after}"


if __name__ == "__main__":
    for file in map(Path, sys.argv[1:]):
        file.write_text(filled(file.read_text("utf-8"), Catalogue()), "utf-8")
