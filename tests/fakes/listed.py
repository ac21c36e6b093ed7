"""List prices of a few machines, as a catalogue has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tradewind.cost.book import Book
from tradewind.cost.quote import Quote
from tradewind.machines.instance import Instance, Service, Use

HOME: dict[Service, str] = {"sagemaker": "us-east-1", "vertex": "us-central1", "azureml": "eastus"}


def quote(
    instance: str,
    amount: str,
    service: Service = "sagemaker",
    use: Use = "serve",
    region: str = "",
    **more: Any,
) -> Quote:
    said = {key: Decimal(value) if key.startswith("spot") else value for key, value in more.items()}
    if "spot" in said:
        said = {"spot_source": "a market", "spot_date": "2026-09-02", **said}
    return Quote(service, use, region or HOME[service], instance, Decimal(amount), "a list", "2026-09-01", **said)


@dataclass(frozen=True)
class Listed:
    """Of quotes alone: what is in each machine is the same everywhere."""

    every: tuple[Quote, ...]
    date: str = "2026-09-01"
    version: str = "2026-09-01"

    def dates(self) -> dict[Service, str]:
        return {quote.service: self.date for quote in self.every}

    def regions(self, service: Service, use: Use | None = None) -> tuple[str, ...]:
        return tuple(sorted({q.region for q in self.every if q.service == service and use in (None, q.use)}))

    def quote(self, service: Service, use: Use, region: str, instance: str) -> Quote | None:
        return next((q for q in self.quotes(service, use, region) if q.instance == instance), None)

    def quotes(self, service: Service, use: Use, region: str) -> tuple[Quote, ...]:
        found = [q for q in self.every if (q.service, q.use, q.region) == (service, use, region)]
        return tuple(sorted(found, key=lambda q: (q.amount, q.instance)))

    def offers(self, service: Service, use: Use, region: str) -> tuple[Instance, ...]:
        return tuple(Instance(service, q.instance, 4, 16) for q in self.quotes(service, use, region))


def book(*quotes: Quote, known: Iterable[str] = (), **more: Any) -> Book:
    """`known`: machines whose facts are known besides."""
    names = frozenset(known)
    return Book(
        source=lambda: Listed(quotes),
        facts=lambda service, name: Instance(service, name, 4, 16) if name in names else None,
        **more,
    )
