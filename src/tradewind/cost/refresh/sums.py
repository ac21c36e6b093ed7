"""A machine's price on Google Cloud is that of its parts: cores, memory and cards, each by its own SKU."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from tradewind.cost.refresh.skus import CORE, FAMILIES, RAM
from tradewind.cost.stored import Price
from tradewind.machines import facts
from tradewind.machines.instance import Instance

SURCHARGE = Decimal("1.15")
FEE = Decimal("0.15")
RULE = "1.15 x Compute Engine list price without local SSD"
SPOT_RULE = "Compute Engine spot price + Vertex AI management fee"
SPOT_BY_SHARE = "Compute Engine spot price + 15 % of the list price (Vertex AI management fee)"
# The SKU of one card of these holds its share of the whole machine: cores and memory are not billed besides.
WHOLE: frozenset[str] = frozenset({"a4-highgpu"})
_KINDS = {"a3-megagpu": "a3-mega", "a3-ultragpu": "a3-ultra"}  # else a machine's family is its name's first word
_PLACES = 9  # as Google gives its prices


@dataclass(frozen=True)
class Rates:
    """By what it is for, part and region."""

    amounts: Mapping[tuple[str, str, str], Decimal]

    def total(self, of: str, instance: Instance, region: str) -> Decimal | None:
        """None where a part has no price."""
        found = [(self.amounts.get((of, what, region)), count) for what, count in parts(instance)]
        if not found:
            return None
        total = Decimal(0)
        for amount, count in found:
            if amount is None:
                return None
            total += amount * count
        return round(total, _PLACES)

    def without(self, regions: Collection[str]) -> tuple[str, ...]:
        """The machine types that have a price in none of the regions."""
        return tuple(
            instance.id
            for instance in facts.instances("vertex")
            if not any(self.listed(use, instance, region) for use in instance.uses for region in regions)
        )

    def listed(self, use: str, instance: Instance, region: str) -> tuple[Decimal, str] | None:
        """The price on demand and the rule: Vertex AI's own where all its parts have one, else by Compute Engine's."""
        if (own := self.total(use, instance, region)) is not None:
            return own, ""
        bare = self.total("vm", instance, region)
        return None if bare is None else (round(bare * SURCHARGE, _PLACES), RULE)

    def spot(self, use: str, instance: Instance, region: str, listed: Decimal) -> tuple[Decimal, str] | None:
        """Spot machines are billed by Compute Engine, with a fee to Vertex AI."""
        bare = self.total("vm spot", instance, region)
        if bare is None:
            return None
        fee = self.total(f"{use} fee", instance, region)
        if fee is not None:
            return bare + fee, SPOT_RULE
        return round(bare + listed / SURCHARGE * FEE, _PLACES), SPOT_BY_SHARE


def parts(instance: Instance) -> tuple[tuple[str, Decimal], ...]:
    """What is billed of the machine; empty for one whose parts have no known names (TPUs, GB200)."""
    name = "-".join(instance.id.partition("+")[0].split("-")[:2])
    cards = ((instance.gpu, Decimal(instance.gpus)),) if instance.gpu else ()
    if name in WHOLE:
        return cards
    family = _KINDS.get(name, name.partition("-")[0])
    if family not in FAMILIES.values():
        return ()
    cpus, memory = Decimal(str(instance.cpus)), Decimal(str(instance.memory_gib))
    return (f"{family} {CORE}", cpus), (f"{family} {RAM}", memory), *cards


def prices(rates: Rates, region: str, source: str, day: str) -> Iterator[Price]:
    for instance in facts.instances("vertex"):
        for use in sorted(instance.uses):
            found = rates.listed(use, instance, region)
            if found is None:
                continue
            amount, rule = found
            spot = rates.spot(use, instance, region, amount)
            cheaper, spot_rule = spot or (None, "")
            spot_origin = (source, day, spot_rule) if spot else ("", "", "")
            yield Price(region, use, instance.id, amount, source, day, rule, cheaper, None, None, *spot_origin)
