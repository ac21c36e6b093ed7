"""Azure ML's VM sizes: the one that is named, or the first of those offered that meets a need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from tradewind.machines import facts, matching
from tradewind.machines.instance import Instance
from tradewind.spec.clouds.azure import Azure, AzureServe, AzureTrain
from tradewind.values import Hardware, Loss, Machine

Use = Literal["train", "serve"]
TITLE = "Azure ML"


def pinned(settings: BaseModel | None, use: Use) -> str | None:
    """The size named in the `azure:` block, in the catalogue's letters: Azure tells no case apart."""
    if not isinstance(settings, Azure):
        return None
    part: AzureTrain | AzureServe = settings.train if use == "train" else settings.serve
    if part.vm_size is None:
        return None
    known = find(part.vm_size)
    return known.id if known is not None else part.vm_size


def choose(need: Hardware, settings: BaseModel | None, use: Use, offered: Sequence[Instance]) -> Machine | Loss:
    name = pinned(settings, use)
    return matching.named(find(name), name, need) if name else matching.choose(offered, need, use, TITLE)


def reference(need: Hardware, use: Use) -> Machine | Loss:
    """The cheapest of all there are, by the list prices of the service's home."""
    return matching.choose(facts.instances("azureml"), need, use, TITLE)


def find(name: str) -> Instance | None:
    exact = facts.find("azureml", name)
    return exact or next((it for it in facts.instances("azureml") if it.id.lower() == name.lower()), None)
