"""Which machine types meet a need. Pure, over facts alone: in which order they are offered is whoever asks' business."""

from __future__ import annotations

from collections.abc import Sequence

from tradewind.machines import near
from tradewind.machines.instance import Instance, Use
from tradewind.machines.parts import PARTS, has_named, misses
from tradewind.values import Hardware, Loss, Machine

__all__ = ["choosable", "choose", "meets", "misses", "named", "not_portable"]


def meets(instance: Instance, need: Hardware, use: Use) -> bool:
    """May be chosen for the need, and has all of it."""
    return choosable(instance, need, use) and all(has(instance, need) for has in PARTS.values())


def choosable(instance: Instance, need: Hardware, use: Use) -> bool:
    """Nobody is put on what throttles, on another architecture or on an accelerator that code is written for: those are
    named, in the escape block. A need that names a card has named what comes with it (every GH200 is an Arm machine).
    """
    if use not in instance.uses or instance.burstable:
        return False
    return (instance.portable and not instance.arm) or has_named(instance, need)


def choose(offered: Sequence[Instance], need: Hardware, use: Use, title: str) -> Machine | Loss:
    """The first of those offered that meets the need, or why none does, with the nearest there are.

    `title` is the service's, in the words for people. The Loss has the path of the part that nobody can meet.
    """
    found = next((it for it in offered if meets(it, need, use)), None)
    if found is not None:
        return found.machine
    open_to = [it for it in offered if choosable(it, need, use)]
    return Loss(f"{use}.hardware{_culprit(open_to, need)}", near.nothing_fits(open_to, need, title), fatal=True)


def named(known: Instance | None, name: str, need: Hardware) -> Machine:
    """A machine asked for by its own name, whatever the need. What is in one that nobody knows is taken from the need."""
    if known is not None:
        return known.machine
    card, count = need.gpus[0] if need.gpus else (None, need.gpu_count)
    return Machine(name, need.cpus or 0, need.memory_gib or 0, card, count)


def not_portable(known: Instance | None, path: str) -> Loss | None:
    """What is lost on an accelerator that code must be written for. `path` is where deploy.yaml names the machine."""
    if known is None or known.portable:
        return None
    reason = f"not portable: {known.id} has {known.gpu}, which code must be written for"
    return Loss(path, reason, "it runs on no other target")


def _culprit(offered: Sequence[Instance], need: Hardware) -> str:
    """`.gpu` where no machine meets that part, whatever else it has; "" where each part is met by some, and all by none."""
    return next((f".{part}" for part, has in PARTS.items() if not any(has(it, need) for it in offered)), "")
