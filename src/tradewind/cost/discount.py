"""What a contract takes off the list: a share of the on-demand rate. The interruptible price is a market's, and stays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from tradewind.cost.quote import Quote
from tradewind.machines.instance import Service
from tradewind.spec.refs import PROVIDER_ALIASES

SERVICES: tuple[Service, ...] = ("sagemaker", "vertex", "azureml")


def provider_of(service: Service) -> str:
    """The provider that a service belongs to, as deploy.yaml calls it."""
    return PROVIDER_ALIASES[service]


def service_of(provider: str) -> Service | None:
    """The service of a provider, by any of its names; None where it has no prices of ours."""
    name = PROVIDER_ALIASES.get(provider, provider)
    return next((service for service in SERVICES if provider_of(service) == name), None)


def discounted(quote: Quote, share: Decimal) -> Quote:
    """The list price less `share` (0.12 is 12 %), computed, so that the rule says so."""
    if share == 0:
        return quote
    said = f"list - {(share * 100).normalize():f}% (prices.discount.{provider_of(quote.service)})"
    rule = f"{quote.rule}; {said}" if quote.rule else said
    return replace(quote, amount=quote.amount * (1 - share), rule=rule)


def by_service(shares: Mapping[str, float | Decimal]) -> dict[Service, Decimal]:
    """Of shares by provider's name, in any of its spellings."""
    found: dict[Service, Decimal] = {}
    for name, share in shares.items():
        service = service_of(name)
        if service is not None:
            found[service] = share if isinstance(share, Decimal) else Decimal(repr(share))
    return found
