"""What a spec would cost on every target; one target's estimate; the catalogue's prices."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from tradewind.engine.results.base import Amount, Document, MachineDoc, Part, Price, ReplicasDoc
from tradewind.engine.results.plans import Cost, LossDoc, Unplanned


class PartPrice(Part):
    """One use of a target. `machine` is null where none fits.

    `hour` is of all machines of a run, or of the endpoint at its smallest; `each` of one machine, `spot` of one
    interruptible machine (null where the cloud lists none for this use). `amount` is the run, or 730 hours of the endpoint.
    """

    machine: MachineDoc | None = None
    count: int
    """Nodes, or the fewest replicas that are paid for."""
    hour: Price
    each: Price
    spot: Price | None = None
    amount: Amount
    thousand_requests: Amount | None = None
    """Where `serve.usage` says how many requests there are."""
    million_tokens: Amount | None = None
    """Where `serve.usage.tokens_per_second` is said: at full load, and as it is used."""


class TargetDoc(Part):
    """One provider in one region."""

    provider: str
    title: str
    region: str
    chosen: bool = False
    """The spec's own provider, in the region where `up` would go."""
    possible: bool = True
    why_not: tuple[str, ...] = ()
    """Nothing fits, no price is known, over budget, ...: each keeps the spec from running there as it is, or from a price."""
    train: PartPrice | None = None
    serve: PartPrice | None = None
    total: Amount
    """One run and one month together; its `low`, `expected` and `high` are null where a part of it has no known price."""
    lost: tuple[LossDoc, ...] = ()
    notes: tuple[str, ...] = ()


class PriceAge(Part):
    """How old one provider's prices are."""

    provider: str
    date: str
    """YYYY-MM-DD of the newest source."""
    days: int
    old: bool
    """Older than the 60 days after which a refresh is due."""


class Comparison(Document):
    """The same spec on every target that prices are known of: what it would cost, and what would be lost."""

    schema_: Literal["tradewind/comparison/1"] = Field(default="tradewind/comparison/1", alias="schema")
    project: str
    environment: str
    prices: tuple[PriceAge, ...] = ()
    catalogue: str = ""
    """The version of the list prices."""
    nodes: int | None = None
    longest_seconds: float | None = None
    """Of a run: it is stopped then."""
    expected_seconds: float | None = None
    """As the spec says it."""
    replicas: ReplicasDoc | None = None
    sort: str
    targets: tuple[TargetDoc, ...] = ()
    of: int = 0
    """How many targets there are, of which `targets` are the first."""
    unplanned: tuple[Unplanned, ...] = ()
    notes: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    """What no amount here holds."""


class CostEstimate(Document):
    """What the spec would cost on its own provider, line by line. Nobody looked at what stands there."""

    schema_: Literal["tradewind/estimate/1"] = Field(default="tradewind/estimate/1", alias="schema")
    project: str
    environment: str
    provider: str
    title: str
    region: str
    prices: tuple[PriceAge, ...] = ()
    catalogue: str = ""
    machine: MachineDoc | None = None
    train_machine: MachineDoc | None = None
    cost: Cost
    why_not: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class PriceRow(Part):
    """One machine type's price an hour, for one use in one region."""

    provider: str
    region: str
    use: Literal["train", "serve"]
    machine: MachineDoc
    price: Price
    rule: str = ""
    """How it was computed; "" where it was read."""
    spot: Price | None = None
    portable: bool = True
    """False: code must be written for this accelerator."""


class PriceList(Document):
    """Prices as this team pays them, cheapest first."""

    schema_: Literal["tradewind/prices/1"] = Field(default="tradewind/prices/1", alias="schema")
    prices: tuple[PriceAge, ...] = ()
    catalogue: str = ""
    rows: tuple[PriceRow, ...] = ()
    of: int = 0
    """How many there are, of which `rows` are the first."""
