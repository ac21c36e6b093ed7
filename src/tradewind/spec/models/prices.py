"""`prices:`: what is paid where that is not the list price; and the file of a team's own prices."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field as Default

from tradewind.spec import units
from tradewind.spec.fields import Field, Line, Percent, text, wrong
from tradewind.spec.models.base import Model, Relation
from tradewind.spec.models.shared import each_once
from tradewind.spec.refs import PROVIDER_ALIASES
from tradewind.spec.suggest import closest

PRICED = ("aws", "gcp", "azure")
_NAMES = (*PRICED, *PROVIDER_ALIASES)
_PROVIDER = rf"^({'|'.join(_NAMES)})$"
_PROVIDER_SAID = "only aws, gcp and azure have list prices"
_GLOB = r"^[A-Za-z0-9*?][A-Za-z0-9._+:*?-]{0,127}$"
_DATE = r"^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"
PRICE = r"^[0-9]{1,9}(\.[0-9]{1,9})? ?[A-Z]{3}$"
_PRICE_SAID = "a price is written like 1.2345 USD: an amount an hour and a currency"


def _provider(value: Any, _written: bool) -> str:
    if isinstance(value, str) and re.search(_PROVIDER, value):
        name = value.removesuffix("\n")
        return PROVIDER_ALIASES.get(name, str(name))
    raise wrong(_PROVIDER_SAID, closest(value, _NAMES) if isinstance(value, str) else "")


PricedName = Annotated[str, Field(_provider, {"type": "string", "pattern": _PROVIDER})]
_SHARES = {
    "type": "object",
    "propertyNames": {"pattern": _PROVIDER},
    "additionalProperties": {"type": "string", "pattern": units.PERCENT},
}
_ONCE = Field(each_once, _SHARES, inner=True)


class Prices(Model):
    """What you pay, where that is not the list price. Changes what is shown and what a budget refuses, and nothing that runs."""

    discount: Annotated[dict[PricedName, Percent], _ONCE] = Default(default_factory=dict)
    """Off the on-demand list price, by provider: `{aws: 12%}`. An interruptible price is the market's, and stays."""
    file: Line | None = None
    """Your own prices, a YAML file beside this one: `prices: [{provider, region, instance, amount, ...}]`. They win over ours."""


class HourlyPrice(Model):
    """An amount an hour in one currency."""

    amount: Decimal
    currency: str


def _hourly(value: Any, _written: bool) -> Any:
    if isinstance(value, HourlyPrice):
        return value
    if isinstance(value, str) and re.search(PRICE, value):
        said = value.removesuffix("\n")
        return HourlyPrice(amount=Decimal(said[:-3].rstrip()), currency=said[-3:])
    raise wrong(_PRICE_SAID)


HourlyField = Annotated[HourlyPrice, Field(_hourly, {"type": "string", "pattern": PRICE})]


class PriceRow(Model):
    """One of a team's own prices."""

    provider: PricedName
    """aws, gcp or azure; sagemaker, vertex and azureml are the same."""
    instance: Annotated[str, text(_GLOB, "an instance is named as its cloud does, * and ? standing for anything")]
    """The machine type: ml.g5.xlarge, g2-standard-8, Standard_NC4as_T4_v3; `ml.g5.*` for all of a kind."""
    region: Annotated[str, text(_GLOB, "a region is named as its cloud does, * and ? standing for anything")] = "*"
    """us-east-1, `eu-*`. Default: every region."""
    use: Literal["train", "serve"] | None = None
    """train or serve. Default: both."""
    amount: HourlyField
    """What one machine costs an hour."""
    spot: HourlyField | None = None
    """What an interruptible one costs an hour. Default: as we know it."""

    def relations(self) -> Iterator[Relation]:
        if self.spot is not None and self.spot.currency != self.amount.currency:
            yield Relation(("spot",), f"must be in {self.amount.currency}, as `amount` is", (("amount",), ("spot",)))


class PriceFile(Model):
    """A file of a team's own prices."""

    date: Annotated[str, text(_DATE, "a date is written like 2026-11-30")]
    """When these prices were agreed or read: shown with each."""
    prices: tuple[PriceRow, ...]
    """Of two rows about one machine the one that says more wins: its name in full, its region in full, its use."""

    def relations(self) -> Iterator[Relation]:
        if not self.prices:
            yield Relation(("prices",), "holds no price")


def shares(prices: Prices | None) -> Mapping[str, Decimal]:
    """The discounts as exact shares: 12 % is 0.12."""
    return {name: Decimal(repr(share)) for name, share in prices.discount.items()} if prices else {}
