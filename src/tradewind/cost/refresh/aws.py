"""SageMaker's prices out of AWS's bulk offers: one file a region, up to hundreds of MB, read as a stream."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO, Any
from urllib.parse import urljoin, urlsplit

import ijson

from tradewind.cost.refresh.address import Address, origin
from tradewind.cost.refresh.found import Found, Report, Step, mapping, price, text, unlike
from tradewind.cost.refresh.kept import PASSING, Kept, Part
from tradewind.cost.refresh.web import Web
from tradewind.cost.stored import Price

BASE = "https://pricing.us-east-1.amazonaws.com"
INDEX = "/offers/v1.0/aws/AmazonSageMaker/current/region_index.json"
SPOT_RULE = "list price of managed spot training"
# {prefix}-Train:ml.g5.xlarge, USE1-Host:..., with - or : before the type. Geo-priced and free ones spell it differently.
_USAGE = re.compile(
    r"(?:[A-Z0-9]+-)?(Train|Host|TrSpt)[-:](ml\.[a-z0-9-]+\.(?:\d*xlarge|large|medium|metal[a-z0-9-]*))", re.IGNORECASE
)
_USES = {"train": "train", "host": "serve", "trspt": "spot"}
_COMPONENTS = {"training": "train", "hosting": "serve", "spottraining": "spot"}


@dataclass(frozen=True)
class Product:
    use: str  # train, serve or spot
    instance: str


def read(
    web: Web, address: Address, regions: Iterable[str], asked: bool, kept: Kept, day: str, report: Report
) -> Found:
    """Prices of the regions. `asked`: the user named them, so that one which is not offered is a mistake."""
    report(Step("aws", "reading which regions there are"))
    index = mapping(mapping(web.json(address.of(INDEX)), "the index of regions").get("regions"), "its `regions`")
    wanted = tuple(regions)
    missing = tuple(region for region in wanted if region not in index)
    if missing and asked:
        raise unlike(f"AWS offers no SageMaker prices for {', '.join(missing)}")
    there = [region for region in wanted if region in index]
    prices: list[Price] = []
    left: Counter[str] = Counter()
    for number, region in enumerate(there):
        report(Step("aws", region, number, len(there)))
        path = _path(text(mapping(index[region], f"the entry of {region}"), "currentVersionUrl"), address, region)
        part = kept.find(region, path)
        if not part.done:
            part = kept.keep(
                region, _part(web, address.of(path), region, replace(kept.begun(), mark=path), kept.folder)
            )
        left.update(part.left)
        prices += _prices(part, region, address, day)
    report(Step("aws", f"prices read: {len(prices)}", len(there), len(there)))
    notes = (f"no offer for {', '.join(missing)}: the old prices stay there",) if missing else ()
    return Found(tuple(prices), tuple(there), dict(left), notes)


def _path(said: str, address: Address, region: str) -> str:
    """Below the address, wherever that is: a mirror keeps AWS's paths."""
    if said.startswith("/") and not said.startswith("//"):
        return said
    target = urljoin(address.of(INDEX), said) if said else ""
    if not target or origin(target) not in (origin(address.base), origin(BASE)):
        raise unlike(f"the offer of {region} lies nowhere on {address.host}")
    return urlsplit(target).path.removeprefix(urlsplit(address.base).path)


def _part(web: Web, url: str, region: str, part: Part, folder: Path) -> Part:
    """The offer is put on disk first: which of its two halves comes first is not promised, and it may be large."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=PASSING) as passing:
        file = Path(passing) / "offer.json"
        web.download(url, file)
        with file.open("rb") as offer:
            try:
                published, rows, left = parse(offer, region)
            except (ijson.JSONError, UnicodeDecodeError) as e:
                raise unlike(f"the offer file is cut short or no JSON ({str(e).strip()})") from e
    if not rows:
        raise unlike("the offer has no price of an ML instance")
    return replace(part, done=True, rows=((published, rows),), left=left, pages=1)


def parse(offer: IO[bytes], region: str) -> tuple[str, list[tuple[str, str, str]], Mapping[str, int]]:
    """When it was published; use, type and price of each machine, dearest where it has several; and what was left.

    Raises ijson.JSONError for a file that is cut short, and FailedError TW622 for another shape.
    """
    published, code = "", ""
    for key, value in _scalars(offer):
        published, code = (value, code) if key == "publicationDate" else (published, value)
    if code != "AmazonSageMaker":
        raise unlike(f"an offer of {code or 'nothing'}, where AmazonSageMaker was asked for")
    left: Counter[str] = Counter()
    products: dict[str, Product] = {}
    offer.seek(0)
    for sku, said in ijson.kvitems(offer, "products"):
        if isinstance(said, dict) and (product := product_of(said)) is not None:
            if text(said["attributes"], "regionCode") in ("", region):
                products[sku] = product
            else:
                left["machines of another region"] += 1
    amounts: dict[Product, Decimal] = {}
    offer.seek(0)
    for sku, terms in ijson.kvitems(offer, "terms.OnDemand"):
        if (product := products.pop(sku, None)) is None:
            continue
        amount = _amount(terms)
        if amount is None:
            left["machines whose price is 0, not by the hour or not in US dollars"] += product.use != "spot"
        else:
            if amounts.get(product, amount) != amount:
                left["machines with two prices: the higher one is taken"] += 1
            amounts[product] = max(amount, amounts.get(product, amount))
    if unpriced := sum(1 for product in products.values() if product.use != "spot"):
        left["machines without a price on demand"] += unpriced
    left += Counter()  # without zeros
    return published, [(p.use, p.instance, f"{amount:f}") for p, amount in amounts.items()], left


def product_of(said: Mapping[str, Any]) -> Product | None:
    """What the product is by its usage type, else by component and name; None for what is neither training nor hosting."""
    attributes = said.get("attributes")
    if said.get("productFamily") != "ML Instance" or not isinstance(attributes, dict):
        return None
    usage, component = text(attributes, "usagetype"), text(attributes, "component")
    kind = text(attributes, "platoinstancetype") or component
    if any("free" in it.lower() or "_geo" in it.lower() for it in (usage, component, kind)):
        return None
    if match := _USAGE.fullmatch(usage):
        return Product(_USES[match[1].lower()], match[2].lower())
    use = _COMPONENTS.get(kind.lower()) or _COMPONENTS.get(component.lower())
    name = text(attributes, "instanceName") or text(attributes, "instanceType").partition("-")[0]
    return Product(use, name) if use and name.startswith("ml.") and not usage else None


def _scalars(offer: IO[bytes]) -> Iterator[tuple[str, str]]:
    """The two texts of the head that are needed, wherever in the file they stand."""
    wanted = {"publicationDate", "offerCode"}
    offer.seek(0)
    for prefix, event, value in ijson.parse(offer):
        if event == "string" and prefix in wanted:
            yield prefix, value
            wanted.discard(prefix)
            if not wanted:
                return


def _amount(terms: Any) -> Decimal | None:
    """US dollars an hour; None for free, other units and other currencies."""
    found: list[Decimal] = []
    for term in terms.values() if isinstance(terms, dict) else ():
        dimensions = term.get("priceDimensions") if isinstance(term, dict) else None
        for dimension in dimensions.values() if isinstance(dimensions, dict) else ():
            if isinstance(dimension, dict) and dimension.get("unit") == "Hrs":
                per_unit = dimension.get("pricePerUnit")
                amount = price(per_unit.get("USD")) if isinstance(per_unit, dict) else None
                if amount is not None:
                    found.append(amount)
    return max(found, default=None)


def _prices(part: Part, region: str, address: Address, day: str) -> Iterator[Price]:
    published, rows = part.rows[0]
    source = f"AWS Price List, bulk offer AmazonSageMaker {region} published {published} ({address.host})"
    amounts = {(use, instance): Decimal(amount) for use, instance, amount in rows}
    for (use, instance), amount in amounts.items():
        if use == "spot":
            continue
        spot = amounts.get(("spot", instance)) if use == "train" else None
        origin_of_spot = ("", "", "") if spot is None else (source, day, SPOT_RULE)
        yield Price(region, use, instance, amount, source, day, "", spot, None, None, *origin_of_spot)
