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


class MachineDoc(Part):
    id: str
    cpus: float
    memory_gib: float
    gpu: str | None = None
    gpus: int = 0


class ReplicasDoc(Part):
    """`now` is null where nobody could look."""

    min: int
    max: int
    now: int | None = None
    target: int | None = None
