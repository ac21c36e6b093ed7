"""Azure ML's prices out of the Azure Retail Prices API: the virtual machines' own, page by page, a query a region."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit

from tradewind.cost.refresh.address import Address, origin
from tradewind.cost.refresh.found import Found, Report, Step, mapping, price, rows, text, unlike
from tradewind.cost.refresh.kept import Kept, Part, grown
from tradewind.cost.refresh.web import Web
from tradewind.cost.stored import Price
from tradewind.machines import facts

BASE = "https://prices.azure.com"
PATH = "/api/retail/prices"
VERSION = "2023-01-01-preview"
SPOT_RULE = "Azure Spot price of the virtual machine; clusters of low-priority nodes bill another meter"
NO_DISCOUNT = f"{SPOT_RULE}; the source gives the on-demand price for spot"
_MOST_PAGES = 500
_OTHERS = ("windows", "cloud services", "cloudservices", "dedicated host")  # products that are no Linux machine


@dataclass(frozen=True)
class Meter:
    """One price of one size. The newest that has begun counts; of several, the one of the region's own meter."""

    size: str
    spot: bool
    since: str  # ISO 8601, so that texts sort as times do
    primary: bool
    amount: str


def read(
    web: Web, address: Address, regions: Iterable[str], asked: bool, kept: Kept, day: str, report: Report
) -> Found:
    """Prices of the regions. `asked`: the user named them, so that one without any machine is a mistake."""
    wanted = tuple(regions)
    prices: list[Price] = []
    left: Counter[str] = Counter()
    empty: list[str] = []
    for number, region in enumerate(wanted):
        part = kept.find(region)
        seen: set[str] = set()
        while not part.done:
            page = f", page {part.pages + 1}" if part.pages else ""
            report(Step("azure", f"{region}{page}", number, len(wanted)))
            if part.next in seen or part.pages >= _MOST_PAGES:
                raise unlike(f"the pages of {region} lead in a circle")
            seen.add(part.next)
            part = kept.keep(region, _page(web, address, region, part, day))
        left.update(part.left)
        found = tuple(_prices([Meter(*row) for row in part.rows], region, address, day, left))
        if not found:
            empty.append(region)
        prices += found
    if empty and (asked or len(empty) == len(wanted)):
        raise unlike(f"Azure has no machine for {', '.join(empty)}: is that a region's name, as in `eastus`?")
    report(Step("azure", f"prices read: {len(prices)}", len(wanted), len(wanted)))
    notes = (f"nothing for {', '.join(empty)}: the old prices stay there",) if empty else ()
    return Found(tuple(prices), tuple(r for r in wanted if r not in empty), dict(left), notes)


def query(region: str) -> str:
    """As the service spells it: values are case-sensitive there."""
    said = f"serviceName eq 'Virtual Machines' and priceType eq 'Consumption' and armRegionName eq '{region}'"
    return f"api-version={VERSION}&currencyCode='USD'&$filter={quote(said)}"


def _page(web: Web, address: Address, region: str, part: Part, day: str) -> Part:
    body = mapping(web.json(address.of(f"{PATH}?{part.next or query(region)}")), "the page")
    if body.get("BillingCurrency", "USD") != "USD":
        raise unlike("prices that are not in US dollars")
    left: Counter[str] = Counter()
    meters = tuple(_meters(rows(body.get("Items"), "`Items`"), region, day, left))
    found = tuple((it.size, it.spot, it.since, it.primary, it.amount) for it in meters)
    return grown(part, found, left, _next(body.get("NextPageLink"), address))


def _next(link: Any, address: Address) -> str:
    """The query of the next page, "" at the end. Only the query is taken: the host stays the one that was chosen."""
    if link in (None, ""):
        return ""
    try:
        same = isinstance(link, str) and origin(link) in (origin(address.base), origin(BASE))
    except ValueError:
        same = False
    if not same or not (said := urlsplit(str(link)).query):
        raise unlike(f"the next page lies nowhere on {address.host}")
    return said


def _meters(items: Sequence[Any], region: str, day: str, left: Counter[str]) -> Iterator[Meter]:
    known = {instance.id.lower(): instance.id for instance in facts.instances("azureml")}
    for said in items:
        if not isinstance(said, dict):
            left["rows that are no object"] += 1
        elif _is_linux(said, region, day):
            size = known.get(text(said, "armSkuName").lower())
            amount = price(said.get("retailPrice"))
            if size is None:
                left["prices of sizes that this version of tradewind does not know"] += 1
            elif amount is None:
                left["machines whose price is 0 or no number"] += 1
            else:
                primary = said.get("isPrimaryMeterRegion") is True
                yield Meter(size, _is_spot(said), text(said, "effectiveStartDate"), primary, f"{amount:f}")


def _is_linux(said: Mapping[str, Any], region: str, day: str) -> bool:
    """By the hour, on demand or spot, in this region, in force on that day."""
    product = text(said, "productName").lower()
    names = f"{text(said, 'skuName')} {text(said, 'meterName')}".lower()
    until = text(said, "effectiveEndDate")[:10]
    return (
        text(said, "serviceName") == "Virtual Machines"
        and text(said, "type") == "Consumption"
        and text(said, "unitOfMeasure") == "1 Hour"
        and text(said, "armRegionName") == region
        and said.get("currencyCode", "USD") == "USD"
        and not said.get("tierMinimumUnits")
        and not any(other in product for other in _OTHERS)
        and "low priority" not in names
        and text(said, "effectiveStartDate")[:10] <= day
        and (not until or until >= day)
    )


def _is_spot(said: Mapping[str, Any]) -> bool:
    return any(text(said, key).endswith(" Spot") for key in ("skuName", "meterName"))


def _prices(meters: Sequence[Meter], region: str, address: Address, day: str, left: Counter[str]) -> Iterator[Price]:
    source = f"Azure Retail Prices API ({address.host}), Linux; Azure ML adds no surcharge"
    best: dict[tuple[str, bool], Meter] = {}
    for meter in sorted(meters, key=lambda it: (it.primary, it.since, Decimal(it.amount))):
        best[meter.size, meter.spot] = meter
    for (size, is_spot), meter in best.items():
        if is_spot:
            left["spot prices without one on demand"] += (size, False) not in best
            continue
        amount, cheaper = Decimal(meter.amount), best.get((size, True))
        spot = None if cheaper is None else Decimal(cheaper.amount)
        rule = "" if spot is None else NO_DISCOUNT if spot == amount else SPOT_RULE
        spot_origin = ("", "", "") if spot is None else (source, day, rule)
        yield Price(region, "train serve", size, amount, source, day, "", spot, None, None, *spot_origin)
    for why in [why for why, count in left.items() if not count]:
        del left[why]
