"""Vertex AI's machine types: the one that is named, or the first of those offered that meets a need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from pydantic import BaseModel

from tradewind.machines import facts, matching
from tradewind.machines.instance import Instance
from tradewind.providers.gcp import accelerators
from tradewind.spec.clouds.gcp import Gcp, GcpServe, GcpTrain
from tradewind.values import Hardware, Loss, Machine

Use = Literal["train", "serve"]
TITLE = "Vertex AI"


def pinned(settings: BaseModel | None, use: Use) -> str | None:
    """The machine named in the `gcp:` block, with the cards that are attached to it."""
    if not isinstance(settings, Gcp):
        return None
    part: GcpTrain | GcpServe = settings.train if use == "train" else settings.serve
    return accelerators.joined(part.machine_type, part.accelerator) if part.machine_type else None


def choose(need: Hardware, settings: BaseModel | None, use: Use, offered: Sequence[Instance]) -> Machine | Loss:
    name = pinned(settings, use)
    return named(name, need) if name else matching.choose(offered, need, use, TITLE)


def named(name: str, need: Hardware) -> Machine:
    """A pairing of machine and cards that nobody knows has what its two parts have."""
    known = facts.find("vertex", name)
    machine_type, attached, card = name.partition(accelerators.ATTACHED)
    bare = facts.find("vertex", machine_type) if known is None and attached else None
    if bare is None:
        return matching.named(known, name, need)
    gpu, _, number = card.partition(":")
    return replace(bare.machine, id=name, gpu=gpu, gpus=int(number))


def reference(need: Hardware, use: Use) -> Machine | Loss:
    """The cheapest of all there are, by the list prices of the service's home."""
    return matching.choose(facts.instances("vertex"), need, use, TITLE)
