"""What machine types Vertex AI takes, by Google's pages (sources/vertex.json), and which cards can be attached to which."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tradewind.cost.build.names import card
from tradewind.cost.build.rows import SOURCES

FILE = SOURCES / "vertex.json"
_EACH = {"NVIDIA P4": 8, "NVIDIA P100": 16, "NVIDIA T4": 16, "NVIDIA V100": 16}


@dataclass(frozen=True)
class Attachable:
    """So many of a card on an N1 machine: one machine type here."""

    machine: str
    card: str
    each_gib: int
    count: int
    uses: str  # "t", "s" or "ts"

    @property
    def id(self) -> str:
        return f"{self.machine}+{self.card}:{self.count}"


def read() -> Mapping[str, Any]:
    said: Mapping[str, Any] = json.loads(FILE.read_text("utf-8"))
    return said


def uses(said: Mapping[str, Any]) -> Mapping[str, str]:
    """By machine type and by pair: "t" where it trains, "s" where it serves. What is not here Vertex does not take."""
    return {row[0]: row[1] for row in said["types"]} | {pair.id: pair.uses for pair in attachable(said)}


def attachable(said: Mapping[str, Any]) -> Iterator[Attachable]:
    """Every pair that Google's tables name, of cards that are still supported."""
    for machine, uses, cards in said["attachable"]:
        for name, counts in cards.items():
            if name not in said["ended"]:
                for count in counts:
                    yield Attachable(machine, card(name, _EACH[name]), _EACH[name], count, uses)
