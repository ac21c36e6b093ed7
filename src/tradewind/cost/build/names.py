"""Accelerators' names in one vocabulary (spec.gpus), whoever's table they are from."""

from __future__ import annotations

from tradewind.spec import gpus

_CARDS = {
    "NVIDIA T4": "T4", "NVIDIA L4": "L4", "NVIDIA L40S": "L40S", "NVIDIA A10": "A10", "NVIDIA A10G": "A10G",
    "NVIDIA P4": "P4", "NVIDIA P100": "P100", "NVIDIA H100 Mega": "H100-MEGA", "NVIDIA H200": "H200",
    "NVIDIA B200": "B200", "NVIDIA B300": "B300", "NVIDIA GB200": "GB200", "NVIDIA RTX PRO 6000": "RTX-PRO-6000",
    "NVIDIA RTX PRO Server 6000": "RTX-PRO-6000", "NVIDIA RTX PRO 4500": "RTX-PRO-4500", "AMD MI300X": "MI300X",
    "AWS Inferentia": "INFERENTIA", "AWS Inferentia2": "INFERENTIA2", "AWS Trainium": "TRAINIUM",
    "AWS Trainium2": "TRAINIUM2", "TPU v5e": "TPU-V5E", "TPU v6e": "TPU-V6E",
}  # fmt: skip
_BY_MEMORY = {
    ("NVIDIA V100", 16): "V100", ("NVIDIA V100", 32): "V100-32GB", ("NVIDIA A100", 40): "A100-40GB",
    ("NVIDIA A100", 80): "A100-80GB", ("NVIDIA H100", 80): "H100", ("NVIDIA H100", 94): "H100-NVL",
}  # fmt: skip


def card(maker_name: str, each_gib: float) -> str:
    """Raises ValueError for one that is new: it is entered here and in spec.gpus, with its memory."""
    found = _CARDS.get(maker_name) or _BY_MEMORY.get((maker_name, round(each_gib)))
    if found is None:
        raise ValueError(f"no name for {maker_name} of {each_gib:g} GiB: enter it in names.py and spec/gpus.py")
    return found


def nominal_gib(name: str) -> int:
    return gpus.MEMORY_GIB.get(name) or gpus.ACCELERATORS_GIB[name]


def portable(name: str) -> bool:
    """Runs what a CUDA image runs. An AMD card does not, though a spec can ask for it by name."""
    return name in gpus.MEMORY_GIB and name not in gpus.AMD
