"""What a SKU of Google's billing catalogue is the price of: read from its description, which is all that says so."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from tradewind.cost.refresh.found import money, price, text

Of = Literal["train", "serve", "train fee", "serve fee", "vm", "vm spot"]
CORE, RAM = "core", "ram"

# "Spot Preemptible E2 Instance Core" ends as the one on demand does: descriptions are matched from their beginning.
_VERTEX = re.compile(
    r"vertex ai: (training/pipelines|online/batch prediction) (management fee )?(?:on )?(.+?)(?: running)? in .+"
)
_VM = re.compile(r"((?:spot )?preemptible )?(.+?)( attached to (?:spot )?preemptible vms)? running in .+")
_MACHINE = re.compile(r"(.+?)(?: predefined)?(?: amd)?(?: instance)? (core|ram)")
_CARD = re.compile(r"nvidia (?:tesla )?(.+?)(?: gpus?)?")
_USES = {"training/pipelines": "train", "online/batch prediction": "serve"}
# Families of machine types, by what descriptions call them.
FAMILIES: Mapping[str, str] = {
    "e2": "e2", "n1": "n1", "n2": "n2", "n2d": "n2d", "c2": "c2", "compute optimized": "c2", "c2d": "c2d", "c3": "c3",
    "a2": "a2", "a3": "a3", "a3 plus": "a3-mega", "a3plus": "a3-mega", "a3 mega": "a3-mega", "a3mega": "a3-mega",
    "a3 ultra": "a3-ultra", "a3ultra": "a3-ultra", "g2": "g2", "g4": "g4",
}  # fmt: skip
CARDS: Mapping[str, str] = {
    "t4": "T4", "p4": "P4", "v100": "V100", "l4": "L4", "a100": "A100-40GB", "a100 80gb": "A100-80GB", "h100 80gb": "H100",
    "h100 80gb mega": "H100-MEGA", "h100 mega 80gb": "H100-MEGA", "h100 80gb plus": "H100-MEGA", "h200 141gb": "H200",
    "h200": "H200", "rtx pro 6000": "RTX-PRO-6000", "rtx 6000 96gb": "RTX-PRO-6000", "b200 (1 gpu slice)": "B200",
}  # fmt: skip


@dataclass(frozen=True)
class Sku:
    """US dollars for an hour of one core, GiB or card (`what` is `n1 core`, `n1 ram` or the card's name)."""

    of: Of
    what: str
    regions: tuple[str, ...]
    amount: Decimal


@dataclass(frozen=True)
class Meaning:
    of: Of
    what: str


def meaning(description: str, usage: str) -> Meaning | None:
    """None for what is no machine's part on demand or spot. `usage` is the SKU's usageType; some spot SKUs of new cards say
    OnDemand there, and their description tells.
    """
    said = " ".join(description.lower().split())
    if found := _VERTEX.fullmatch(said):
        what = part(found[3])
        of: Any = f"{_USES[found[1]]}{' fee' if found[2] else ''}"
        return Meaning(of, what) if what and usage == "OnDemand" else None
    if usage not in ("OnDemand", "Preemptible") or (found := _VM.fullmatch(said)) is None:
        return None
    what = part(found[2])
    spot = usage == "Preemptible" or bool(found[1] or found[3])
    return Meaning("vm spot" if spot else "vm", what) if what else None


def part(said: str) -> str:
    """`n1 predefined instance core` -> `n1 core`, `nvidia h100 80gb gpu` -> `H100`; "" for what is not known."""
    if machine := _MACHINE.fullmatch(said):
        family = FAMILIES.get(machine[1], "")
        return f"{family} {machine[2]}" if family else ""
    card = _CARD.fullmatch(said)
    return CARDS.get(card[1], "") if card else ""


def machinelike(description: str) -> bool:
    """Whether it should have been understood: a core, memory or card of Vertex AI's training or prediction."""
    said = " ".join(description.lower().split())
    found = _VERTEX.fullmatch(said)
    return found is not None and re.search(r" (?:core|ram)$|nvidia|gpu", found[3]) is not None


def kind(description: str) -> str:
    """The description without the place, for telling which are not known."""
    return re.sub(r"(?: running)? in [^,]+$", "", " ".join(description.split()))


def amount(said: Mapping[str, Any], what: str) -> Decimal | None:
    """The price of the last tier that has one, an hour; None where it is free, in other money or by another unit."""
    infos = said.get("pricingInfo")
    expression = infos[-1].get("pricingExpression") if isinstance(infos, list) and infos and _is(infos[-1]) else None
    unit = "GiBy.h" if what.endswith(f" {RAM}") else "h"
    if not isinstance(expression, dict) or text(expression, "usageUnit") != unit:
        return None
    tiers = expression.get("tieredRates")
    prices = [_unit_price(tier.get("unitPrice")) for tier in (tiers if isinstance(tiers, list) else ()) if _is(tier)]
    found = [one for one in prices if one is not None]
    return found[-1] if found else None


def _unit_price(said: Any) -> Decimal | None:
    """Units and billionths. A field that is 0 may be left out."""
    if not _is(said) or said.get("currencyCode", "USD") != "USD":
        return None
    units, nanos = money(said.get("units", 0)), money(said.get("nanos", 0))
    if units is None or nanos is None:
        return None
    return price(units + nanos / 10**9)


def _is(said: Any) -> bool:
    return isinstance(said, dict)
