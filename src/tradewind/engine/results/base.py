"""What every document shares, and the pieces that several of them hold."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Part(BaseModel):
    """A piece of a document: has no schema of its own."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", defer_build=True, validate_by_name=True, validate_by_alias=True
    )

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready, keys as documented (`schema`, not `schema_`)."""
        return self.model_dump(mode="json", by_alias=True)

    def to_json(self, *, indent: int | None = None) -> str:
        return self.model_dump_json(by_alias=True, indent=indent)


class Document(Part):
    """A whole answer. Each subclass narrows `schema_` to its own name."""

    schema_: str = Field(alias="schema")


class Price(Part):
    """Money an hour. `amount` null is unknown, never 0; 0 is truly free. `text` is how people write it."""

    amount: float | None = None
    currency: str = "USD"
    derived: bool = False
    source: str = ""
    date: str = ""
    text: str = "unknown"


class Amount(Part):
    """Money from low to high. `unknown` names what is not in it; null: what it is mostly made of has no known price.

    `text` is how people write it.
    """

    low: float | None = None
    expected: float | None = None
    high: float | None = None
    currency: str = "USD"
    unknown: tuple[str, ...] = ()
    text: str = "unknown"


class CostLine(Part):
    """One part of an amount: so many units at a price each. `why` says why it is not known."""

    of: str
    """run, month or rollout: which amount it is a part of."""
    part: str
    """machines, storage or overlap."""
    what: str
    unit: str
    quantity_low: float
    quantity_expected: float
    quantity_high: float
    price: Price
    """Of one unit."""
    price_low: float | None = None
    price_high: float | None = None
    low: float | None = None
    expected: float | None = None
    high: float | None = None
    why: str = ""
    rule: str = ""
    """How the price was computed; "" where it was read."""


class MachineDoc(Part):
    """null for what nobody knows of a machine that is only named."""

    id: str
    cpus: float | None = None
    memory_gib: float | None = None
    gpu: str | None = None
    gpus: int | None = 0


class ReplicasDoc(Part):
    """`now` is null where nobody could look."""

    min: int
    max: int
    now: int | None = None
    target: int | None = None
