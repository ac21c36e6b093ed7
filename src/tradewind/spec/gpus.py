"""Names of GPUs and their nominal memory. `A100` means either size, `H100` any H100; `A10` and `A10G` are two cards."""

from __future__ import annotations

from collections.abc import Mapping

MEMORY_GIB: Mapping[str, int] = {
    "K80": 12,
    "M60": 8,
    "P4": 8,
    "P100": 16,
    "V100": 16,
    "V100-32GB": 32,
    "T4": 16,
    "T4G": 16,
    "L4": 24,
    "L40": 48,
    "L40S": 48,
    "A10": 24,
    "A10G": 24,
    "A100-40GB": 40,
    "A100-80GB": 80,
    "H100": 80,
    "H100-MEGA": 80,
    "H100-NVL": 94,
    "H200": 141,
    "GH200": 96,
    "B200": 180,
    "B300": 270,
    "GB200": 186,
    "RTX-PRO-4500": 32,
    "RTX-PRO-6000": 96,
    "MI300X": 192,
}
EITHER: Mapping[str, tuple[str, ...]] = {
    "A100": ("A100-40GB", "A100-80GB"),
    "H100": ("H100", "H100-MEGA", "H100-NVL"),  # MEGA has more network; NVL is the PCIe card that Azure has singly
}
AMD = frozenset({"MI300X"})  # runs no CUDA image
ON_ARM = frozenset({"T4G", "GH200", "GB200"})  # come with Graviton or Grace CPUs alone, which run no x86 image
NAMES: tuple[str, ...] = tuple(dict.fromkeys((*MEMORY_GIB, *EITHER)))

# No GPUs, and code must be written for each: machines have them, a spec cannot ask for them by `gpu:`.
ACCELERATORS_GIB: Mapping[str, int] = {
    "INFERENTIA": 8,
    "INFERENTIA2": 32,
    "TRAINIUM": 32,
    "TRAINIUM2": 96,
    "TPU-V5E": 16,
    "TPU-V6E": 32,
}


def canonical(name: str) -> str:
    """The name as the table writes it, whatever the case; unknown names come back upper-cased."""
    return name.strip().upper()


def meant(name: str) -> tuple[str, ...]:
    """The exact cards that a name stands for: both sizes for `A100`, else the one."""
    return EITHER.get(canonical(name), (canonical(name),))


def same(asked: str, offered: str) -> bool:
    """Does a card that is offered under `offered` satisfy a spec that asks for `asked`?"""
    return canonical(offered) in meant(asked) or canonical(offered) == canonical(asked)


def memory_gib(name: str) -> int | None:
    """Nominal memory of one card (the smallest, where the name means several); None for an unknown one."""
    sizes = [MEMORY_GIB[card] for card in meant(name) if card in MEMORY_GIB]
    return min(sizes) if sizes else None
