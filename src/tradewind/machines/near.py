"""What is told where no machine fits: what was asked for, the nearest there are, and what of it each of them lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from tradewind.machines.instance import Instance
from tradewind.machines.parts import Part, card_memory_gib, counts, has_named, misses, wants_gpu
from tradewind.values import Hardware

SHOWN = 3


def nothing_fits(offered: Sequence[Instance], need: Hardware, title: str) -> str:
    """One sentence for people."""
    found = nearest(offered, need)
    told = ", ".join(described(it, _lacking(it, need)) for it in found)
    rest = f"; the nearest are {told}" if found else ", and none is offered at all"
    return f"no {title} machine has {asked(need)}{rest}"


def nearest(offered: Sequence[Instance], need: Hardware) -> tuple[Instance, ...]:
    """The right card first; then those that lack the fewest parts, and the least of them; equal ones as they are offered.

    Of machines with one and the same other card the nearest is enough.
    """

    def distance(it: Instance) -> tuple[float, ...]:
        lacks = misses(it, need)
        return _other(it, need, lacks), len(lacks), sum(_SHORT[part](it, need) for part in lacks), -_memory(it, need)

    found: dict[object, Instance] = {}
    for it in sorted(offered, key=distance):
        found.setdefault((it.gpu, it.gpus) if it.gpu and _other(it, need, misses(it, need)) else it.id, it)
        if len(found) == SHOWN:
            break
    return tuple(found.values())


def _other(it: Instance, need: Hardware, lacks: Sequence[Part]) -> bool:
    """Not a card that was asked for, nor one that has what was asked for."""
    return "gpu" in lacks and not has_named(it, need)


def _memory(it: Instance, need: Hardware) -> float:
    """Of equally near ones with other cards, the larger card comes first."""
    return (card_memory_gib(it) or 0) if wants_gpu(need) and not has_named(it, need) else 0


def described(it: Instance, lacking: str) -> str:
    """ "ml.g6.xlarge (4 CPUs, 16 GiB, 1 x L4: too few GPUs)"."""
    card = f", {it.gpus} x {it.gpu}" if it.gpu else ""
    return f"{it.id} ({it.cpus:g} CPUs, {it.memory_gib:g} GiB{card}: {lacking})"


def asked(need: Hardware) -> str:
    """ "1 x L4 or 1 x T4, 8 CPUs and 32 GiB of memory"."""
    *most, last = _parts(need)
    return " and ".join(filter(None, (", ".join(most), last)))


def _parts(need: Hardware) -> Iterator[str]:
    cards = [f"{count} x {card}" for card, count in need.gpus]
    if need.gpu_memory_gib is not None or need.gpu_count:
        least = f" of {need.gpu_memory_gib:.9g} GiB" if need.gpu_memory_gib else ""
        cards.append(f"{max(1, need.gpu_count)} GPU{'s' if need.gpu_count > 1 else ''}{least}")
    if cards:
        yield " or ".join(cards)
    if need.cpus:
        yield f"{need.cpus:.9g} CPUs"
    if need.memory_gib:
        yield f"{need.memory_gib:.9g} GiB of memory"
    if need.disk_gib:
        yield f"{need.disk_gib:.9g} GiB of disk"
    if not cards:
        yield "no GPU"


def _lacking(it: Instance, need: Hardware) -> str:
    words = [_card_words(it, need) if part == "gpu" else f"too {_FEW[part]}" for part in misses(it, need)]
    return " and ".join(words)


_FEW: dict[Part, str] = {"cpus": "few CPUs", "memory": "little memory", "disk": "small a disk"}


def _card_words(it: Instance, need: Hardware) -> str:
    if not it.gpus:
        return "without a GPU"
    if not wants_gpu(need):
        return "with a GPU"
    if has_named(it, need):
        return "too few GPUs"
    return "another GPU" if need.gpus else "too little GPU"


def _short_of_gpu(it: Instance, need: Hardware) -> float:
    """The right card, too few of them: below 1. Other cards: above it, by how far they are off; none at all: most."""
    if not wants_gpu(need):
        return 1
    if has_named(it, need):
        return 1 - it.gpus / counts(need.gpus)[it.gpu or ""]
    if not it.gpus:
        return 1000
    off = [abs(it.gpus - count) / count for _, count in need.gpus]
    if need.gpu_count or need.gpu_memory_gib:
        few, small = it.gpus / max(1, need.gpu_count), (card_memory_gib(it) or 0) / (need.gpu_memory_gib or 1)
        off.append(2 - min(1, few) - min(1, small))
    return 1 + min(off)


_SHORT: dict[Part, Callable[[Instance, Hardware], float]] = {
    "gpu": _short_of_gpu,
    "cpus": lambda it, need: 1 - it.cpus / (need.cpus or 1),
    "memory": lambda it, need: 1 - it.memory_gib / (need.memory_gib or 1),
    "disk": lambda it, need: 1 - (it.disk_gib or 0) / (need.disk_gib or 1),
}
