"""Vertex AI's prices out of the Cloud Billing catalogue: Vertex AI's own SKUs, and Compute Engine's for spot. Needs a key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from urllib.parse import quote

from tradewind.cost.refresh import skus
from tradewind.cost.refresh.address import Address
from tradewind.cost.refresh.found import Found, Report, Step, mapping, rows, text, unlike
from tradewind.cost.refresh.kept import Kept, Part, grown
from tradewind.cost.refresh.sums import Rates, prices
from tradewind.cost.refresh.web import Web
from tradewind.errors import ProviderError

BASE = "https://cloudbilling.googleapis.com"
LISTS = {"Vertex AI": "C7E2-9256-1C43", "Compute Engine": "6F81-5844-456A"}
KEY_HEADER = "X-Goog-Api-Key"  # a header: addresses end up in logs
_MOST_PAGES = 500
_NOT_KNOWN = "?"
_NAMED = 12


@dataclass(frozen=True)
class Key:
    """Shown by nothing that shows it."""

    value: str = field(repr=False)

    @property
    def headers(self) -> Mapping[str, str]:
        return {KEY_HEADER: self.value}


def read(
    web: Web, address: Address, regions: Iterable[str], asked: bool, kept: Kept, day: str, report: Report, key: Key
) -> Found:
    """Prices of the regions. `asked`: the user named them, so that one without any machine is a mistake."""
    wanted = tuple(regions)
    left: Counter[str] = Counter()
    found: list[skus.Sku] = []
    strange: set[str] = set()
    for number, name in enumerate(LISTS):
        part = _list(web, address, name, kept, key, partial(_step, report, number))
        left.update(part.left)
        for of, what, where, amount in part.rows:
            if of == _NOT_KNOWN:
                strange.add(what)
            else:
                found.append(skus.Sku(of, what, tuple(where), Decimal(amount)))
    rates = _rates(found, left)
    source = f"Cloud Billing catalogue ({address.host})"
    made = tuple(price for region in wanted for price in prices(rates, region, source, day))
    there = {price.region for price in made}
    empty = tuple(region for region in wanted if region not in there)
    if empty and (asked or not there):
        raise unlike(f"no SKUs of a machine in {', '.join(empty)}: is that a region's name, as in `us-central1`?")
    report(Step("gcp", f"prices read: {len(made)}", len(LISTS), len(LISTS)))
    notes = [f"nothing for {', '.join(empty)}: the old prices stay there"] if empty else []
    if strange:
        left["SKUs of machines that this version of tradewind does not know"] += len(strange)
        notes.append(f"not known: {_listed(sorted(strange))}")
    if without := rates.without(there):
        notes.append(f"no price of: {_listed(without)}")
    return Found(made, tuple(r for r in wanted if r in there), dict(left), tuple(notes))


def _step(report: Report, number: int, text: str) -> None:
    report(Step("gcp", text, number, len(LISTS)))


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _list(web: Web, address: Address, name: str, kept: Kept, key: Key, report: Callable[[str], None]) -> Part:
    service = LISTS[name]
    part = kept.find(service)
    resumed = part.pages > 0
    seen: set[str] = set()
    while not part.done:
        report(f"SKUs of {name}, page {part.pages + 1}")
        if part.next in seen or part.pages >= _MOST_PAGES:
            raise unlike(f"the pages of {name} lead in a circle")
        seen.add(part.next)
        url = address.of(f"/v1/services/{service}/skus?currencyCode=USD&pageSize=5000")
        if part.next:
            url += f"&pageToken={quote(part.next, safe='')}"
        try:
            body = mapping(web.json(url, key.headers), "the page")
        except ProviderError as error:
            if error.kind != "failed" or not resumed:
                raise
            part, resumed, seen = kept.begun(), False, set()  # Google forgets where a list was read to
            continue
        part = kept.keep(service, _with(part, body))
    return part


def _with(part: Part, body: Mapping[str, Any]) -> Part:
    left: Counter[str] = Counter()
    found = tuple(_rows(rows(body.get("skus", []), "`skus`"), left))
    return grown(part, found, left, text(body, "nextPageToken"))


def _rows(said: Sequence[Any], left: Counter[str]) -> Iterator[tuple[str, str, list[str], str]]:
    for sku in said:
        if not isinstance(sku, dict) or not isinstance(sku.get("category"), dict):
            left["rows that are no SKU"] += 1
            continue
        description = text(sku, "description")
        meaning = skus.meaning(description, text(sku["category"], "usageType"))
        if meaning is None:
            if skus.machinelike(description):
                yield _NOT_KNOWN, skus.kind(description), [], "0"
            continue
        amount = skus.amount(sku, meaning.what)
        if amount is None:
            left["SKUs whose price is 0, by another unit or not in US dollars"] += 1
        else:
            regions = sku.get("serviceRegions")
            named = [r for r in regions if isinstance(r, str)] if isinstance(regions, list) else []
            yield meaning.of, meaning.what, named, f"{amount:f}"


def _rates(found: Iterable[skus.Sku], left: Counter[str]) -> Rates:
    amounts: dict[tuple[str, str, str], Decimal] = {}
    for sku in found:
        for region in sku.regions:
            key = sku.of, sku.what, region
            if amounts.get(key, sku.amount) != sku.amount:
                left["parts of machines with two prices: the higher one is taken"] += 1
            amounts[key] = max(sku.amount, amounts.get(key, sku.amount))
    return Rates(amounts)
