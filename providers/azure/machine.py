"""Azure ML's VM sizes: the one that is named, or the first of those offered that meets a need."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

from pydantic import BaseModel

from tradewind.machines import facts, matching
from tradewind.machines.instance import Instance
from tradewind.spec.clouds.azure import Azure, AzureServe, AzureTrain
from tradewind.values import Hardware, Loss, Machine

Use = Literal["train", "serve"]
TITLE = "Azure ML"

# Series that Azure builds no more of: D to Dsv3, Ev3, Esv3, F to Fsv2, Av2, B, G, Ls and Lsv2. Source: "VM size series
# retirements, capacity growth restrictions" (MicrosoftDocs/azure-compute-docs@680de971), impacted VM series.
_NO_MORE = re.compile(
    r"Standard_(DS?\d+(-\d+)?(_v2)?|[DE]\d+(-\d+)?i?s?_v3|F\d+s?(_v2)?|A\d+m?_v2|B\d+\w*|GS?\d+(-\d+)?|L\d+s(_v2)?)"
)


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


def caution(machine: Machine, use: Use) -> str:
    """Sizes that those alone can have who had quota for them already."""
    if not _NO_MORE.fullmatch(machine.id):
        return ""
    return f"since July 2026 no new subscription gets a {machine.id}; azure.{use}.vm_size names another size"


def reference(need: Hardware, use: Use) -> Machine | Loss:
    """The cheapest of all there are, by the list prices of the service's home."""
    return matching.choose(facts.instances("azureml"), need, use, TITLE)


def find(name: str) -> Instance | None:
    exact = facts.find("azureml", name)
    return exact or next((it for it in facts.instances("azureml") if it.id.lower() == name.lower()), None)
