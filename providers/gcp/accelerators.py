"""Cards as Vertex AI's requests name them, and machine types that carry them.

AcceleratorType of google-cloud-aiplatform 2.7.0. A card is named in every request, also where the machine type brings it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from tradewind.values import Machine

ATTACHED = "+"  # n1-standard-8+T4:2
# By spec.gpus' name. A100-40GB is what Google calls NVIDIA_TESLA_A100.
TYPES: Mapping[str, str] = MappingProxyType(
    {
        "T4": "NVIDIA_TESLA_T4",
        "P4": "NVIDIA_TESLA_P4",
        "P100": "NVIDIA_TESLA_P100",
        "V100": "NVIDIA_TESLA_V100",
        "L4": "NVIDIA_L4",
        "A100-40GB": "NVIDIA_TESLA_A100",
        "A100-80GB": "NVIDIA_A100_80GB",
        "H100": "NVIDIA_H100_80GB",
        "H100-MEGA": "NVIDIA_H100_MEGA_80GB",
        "H200": "NVIDIA_H200_141GB",
        "B200": "NVIDIA_B200",
        "GB200": "NVIDIA_GB200",
        "RTX-PRO-6000": "NVIDIA_RTX_PRO_6000",
    }
)
QUEUED = frozenset({"L4", "A100-40GB", "A100-80GB", "H100", "H100-MEGA", "H200", "B200"})  # flex_start has no others
TPU = "TPU"  # what the name of each of them begins with


@dataclass(frozen=True)
class Parts:
    """A machine as MachineSpec names it. `accelerator` "" where it has no card."""

    machine_type: str
    accelerator: str = ""
    count: int = 0


def parts(machine: Machine) -> Parts:
    """Splits the id of an N1 machine with cards; a card that nobody knows here is passed on as it is written."""
    machine_type, _, attached = machine.id.partition(ATTACHED)
    card, _, number = attached.partition(":")
    named = card or machine.gpu
    if named is None or is_tpu(machine):  # a TPU's machine type says it all, with its topology
        return Parts(machine_type)
    return Parts(machine_type, TYPES.get(named, named), int(number or 1) if card else machine.gpus)


def joined(machine_type: str, accelerator: str | None) -> str:
    """ "n1-standard-8" and "T4" as the catalogue calls them: n1-standard-8+T4:1."""
    if accelerator is None:
        return machine_type
    card, _, number = accelerator.upper().partition(":")
    return f"{machine_type}{ATTACHED}{card}:{number or 1}"


def is_tpu(machine: Machine) -> bool:
    return machine.gpu is not None and machine.gpu.upper().startswith(TPU)
